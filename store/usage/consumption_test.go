package usage_test

import (
	"testing"

	"license-manager/store/usage"
)

// server is an EC2 instance of 16 vCPUs, 8 cores with 2 threads each, and 2
// sockets.
func server() usage.Resource {
	return usage.Resource{
		ID: "i-0123456789abcdef0", Type: usage.EC2Instance, Status: "running", OwnerAccountID: "000123456789",
		VCPUs: new(int64(16)), Cores: new(int64(8)), Sockets: new(int64(2)), ThreadsPerCore: new(int64(2)),
	}
}

func TestConsume(t *testing.T) {
	t.Parallel()
	oneThread, unknown, someKnown := server(), usage.Resource{Type: usage.EC2Instance}, server()
	oneThread.ThreadsPerCore = new(int64(1))
	someKnown.Cores = nil
	honor := func(value string) usage.Rules { return usage.Rules{{Name: usage.HonorVCPUOptimization, Value: value}} }
	for name, c := range map[string]struct {
		counting usage.CountingType
		rules    usage.Rules
		resource usage.Resource
		given    *int64
		want     int64
		err      string
	}{
		"vCPUs":                       {usage.CountVCPU, nil, server(), nil, 16, ""},
		"cores":                       {usage.CountCore, nil, server(), nil, 8, ""},
		"sockets":                     {usage.CountSocket, nil, server(), nil, 2, ""},
		"instances":                   {usage.CountInstance, nil, server(), nil, 1, ""},
		"instance of unknown size":    {usage.CountInstance, nil, unknown, nil, 1, ""},
		"honored":                     {usage.CountVCPU, honor("True"), oneThread, nil, 8, ""},
		"honored in any case":         {usage.CountVCPU, honor("true"), oneThread, nil, 8, ""},
		"not honored":                 {usage.CountVCPU, honor("False"), oneThread, nil, 16, ""},
		"honored, cores unknown":      {usage.CountVCPU, honor("True"), someKnown, nil, 16, ""},
		"honor is of vCPUs only":      {usage.CountCore, honor("True"), oneThread, nil, 8, ""},
		"given wins":                  {usage.CountVCPU, nil, server(), new(int64(3)), 3, ""},
		"given nothing wins":          {usage.CountInstance, nil, server(), new(int64(0)), 0, ""},
		"given wins over honored":     {usage.CountVCPU, honor("True"), oneThread, new(int64(99)), 99, ""},
		"given for what is not known": {usage.CountSocket, nil, unknown, new(int64(4)), 4, ""},
		"vCPUs unknown":               {usage.CountVCPU, nil, unknown, nil, 0, "Enter vcpus or consumed_licenses: the license counts by it."},
		"honored, nothing known":      {usage.CountVCPU, honor("True"), unknown, nil, 0, "Enter vcpus or consumed_licenses: the license counts by it."},
		"cores unknown":               {usage.CountCore, nil, unknown, nil, 0, "Enter cores or consumed_licenses: the license counts by it."},
		"sockets unknown":             {usage.CountSocket, nil, unknown, nil, 0, "Enter sockets or consumed_licenses: the license counts by it."},
		"more than can be counted": {
			usage.CountVCPU, honor("True"), usage.Resource{Cores: new(int64(usage.MaxCount)), ThreadsPerCore: new(int64(usage.MaxCount))}, nil, 0,
			"Enter fewer cores or threads_per_core: 1000000000000000000 vCPUs are too many.",
		},
	} {
		got, err := usage.Consume(usage.License{CountingType: c.counting, Rules: c.rules}, c.resource, c.given)
		if got != c.want || message(err) != c.err {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
}

// message is the text of err, empty for none.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestConsumeNothing(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"stopped", "Stopped", "terminated", "TERMINATED"} {
		for _, kind := range usage.ResourceTypes() {
			r := server()
			r.Status, r.Type = status, kind
			consumeNothing(t, r)
		}
	}
	ami := server()
	ami.Type, ami.Status = usage.EC2AMI, "available"
	consumeNothing(t, ami)
	consumeNothing(t, usage.Resource{Type: usage.EC2AMI}) // nothing has to be known of it
}

func consumeNothing(t *testing.T, r usage.Resource) {
	t.Helper()
	for _, counting := range usage.CountingTypes() {
		for _, given := range []*int64{nil, new(int64(5))} {
			if n, err := usage.Consume(usage.License{CountingType: counting}, r, given); n != 0 || err != nil {
				t.Errorf("%s %s of %s: %d, %v", r.Status, r.Type, counting, n, err)
			}
		}
	}
}

// Every other status, and every other type, consumes.
func TestConsumeInEveryOtherStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"", "running", "pending", "stopping", "shutting-down", "available", "Online"} {
		for _, kind := range []usage.ResourceType{usage.EC2Instance, usage.EC2Host, usage.RDS, usage.ManagedInstance} {
			r := server()
			r.Status, r.Type = status, kind
			if n, err := usage.Consume(usage.License{CountingType: usage.CountCore}, r, nil); n != 8 || err != nil {
				t.Errorf("%q %s: %d, %v", status, kind, n, err)
			}
		}
	}
}

func TestConsumption(t *testing.T) {
	t.Parallel()
	c := usage.Consumption{}
	c.Add(usage.EC2Instance, 2, 32)
	c.Add(usage.EC2AMI, 3, 0)
	c.Add(usage.RDS, 1, 4)
	c.Add(usage.EC2Instance, -1, -16)
	if c[usage.EC2Instance] != (usage.TypeUsage{Associated: 1, Consumed: 16}) || c.Consumed() != 20 || c.Associated() != 5 {
		t.Errorf("consumption %v, %d of %d", c, c.Consumed(), c.Associated())
	}
	if none := usage.Consumption(nil); none.Consumed() != 0 || none.Associated() != 0 {
		t.Error("no resources consume something")
	}
}
