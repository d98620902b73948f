package sample

import (
	"slices"
	"time"

	"license-manager/store/usage"
)

// subject is a usage report of the estate.
type subject struct {
	name, description string
	license           int
	types             usage.ReportTypes
	frequency         usage.Frequency
	runs              int // in its history
	tags              []usage.Tag
	paused            bool
}

// subjects is the catalog of usage reports.
func subjects() []subject {
	both, summary, resources := usage.AllReportTypes(), usage.ReportTypes{usage.Summary}, usage.ReportTypes{usage.ResourceUsage}
	team := func(name string) []usage.Tag { return []usage.Tag{{Key: "team", Value: name}} }
	live := func(name string) []usage.Tag {
		return append(team(name), usage.Tag{Key: "environment", Value: "production"})
	}
	return []subject{
		{"oracle-ee-daily", "Database licenses for the annual audit", oracle, both, usage.Every24Hours, 30, live("databases"), false},
		{"oracle-ee-audit", "", oracle, both, usage.Every30Days, 6, team("compliance"), false},
		{"sql-server-weekly", "", sqlServer, both, usage.Every7Days, 12, live("databases"), false},
		{"sql-server-summary", "", sqlServer, summary, usage.Every24Hours, 30, team("databases"), false},
		{"windows-datacenter", "Hosts of all accounts", windows, both, usage.Every7Days, 12, team("platform"), false},
		{"rhel-subscriptions", "", rhel, summary, usage.Every24Hours, 30, live("platform"), false},
		{"rhel-machines", "Paused until the new contract", rhel, resources, usage.Every7Days, 9, team("platform"), true},
		{"sap-hana-monthly", "", hana, both, usage.Every30Days, 6, live("erp"), false},
		{"sap-hana-daily", "", hana, summary, usage.Every24Hours, 30, team("erp"), false},
		{"vmware-clusters", "", vmware, both, usage.Every7Days, 12, team("data-center"), false},
		{"matlab-weekly", "", matlab, summary, usage.Every7Days, 12, team("research"), false},
		{"suse-machines", "", suse, resources, usage.Every30Days, 6, team("platform"), false},
	}
}

// pausedFor is how many intervals a paused report has left out.
const pausedFor = 3

func (e *Estate) addReports() {
	for n, s := range subjects() {
		begin := e.gridStart(s, n)
		r := Report{Report: usage.Report{
			ID: usage.NewReportID(), Description: s.description, LicenseID: e.Licenses[s.license].ID, Types: s.types, Frequency: s.frequency,
			Status: usage.ReportSucceeded, GridStart: begin, Version: 1,
			CreatedAt: begin, CreatedBy: By, UpdatedAt: begin, UpdatedBy: By, Tags: append(slices.Clone(s.tags), Tag()),
		}}
		r.ARN = e.options.Account.ReportARN(r.ID)
		for i := range s.runs {
			r.Runs = append(r.Runs, newRun(r.Report, begin.Add(time.Duration(i)*s.frequency.Interval()), i))
		}
		r.LastReportAt = r.Runs[s.runs-1].FinishedAt
		next := s.frequency.Next(begin, e.options.Now)
		r.NextRunAt = &next
		if s.paused {
			r.Status, r.NextRunAt = usage.ReportPaused, nil
		}
		r.Rename(s.name)
		e.Reports = append(e.Reports, r)
	}
}

// gridStart is the moment of the first run: the last one of a report was some
// odd time ago, less than an interval.
func (e *Estate) gridStart(s subject, n int) time.Time {
	intervals := s.runs - 1
	if s.paused {
		intervals += pausedFor
	}
	ago := time.Duration(17+97*n) * time.Minute
	return e.options.Now.Add(-ago - time.Duration(intervals)*s.frequency.Interval())
}

// newRun is a run of the past, which took about a second.
func newRun(r usage.Report, at time.Time, i int) usage.Run {
	run := usage.Run{
		ID: usage.NewRunID(at), ReportID: r.ID, Types: r.Types, Trigger: usage.TriggerScheduled, ScheduledFor: at,
		State: usage.RunSucceeded, Attempts: 1, CreatedAt: at, StartedAt: &at,
	}
	if i == 0 {
		run.Trigger = usage.TriggerCreated
	}
	took := time.Duration(300+i*137%700) * time.Millisecond
	done := at.Add(took)
	run.FinishedAt = &done
	for _, t := range r.Types {
		run.Files = append(run.Files, usage.File{RunID: run.ID, Type: t, ReportID: r.ID, LicenseID: r.LicenseID, PublishedAt: &done, DurationMS: took.Milliseconds()})
	}
	return run
}

// Rename gives the report a name, and thereby its files their keys.
func (r *Report) Rename(name string) {
	r.Name, r.NameKey = name, usage.FoldName(name)
	for i := range r.Runs {
		run := &r.Runs[i]
		run.ReportName = name
		for j := range run.Files {
			f := &run.Files[j]
			f.Key = usage.Key(name, run.ScheduledFor, f.Type, run.ID)
		}
	}
}
