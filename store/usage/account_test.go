package usage_test

import (
	"testing"

	"license-manager/store/usage"
)

func TestARNs(t *testing.T) {
	t.Parallel()
	account := usage.Account{ID: "000123456789", Region: "eu-central-1"}
	for got, want := range map[string]string{
		account.LicenseARN("lic-0123456789abcdef0123456789abcdef"): "arn:aws:license-manager:eu-central-1:000123456789:license-configuration:lic-0123456789abcdef0123456789abcdef",
		account.ReportARN("r-0123456789abcdef0123456789abcdef"):    "arn:aws:license-manager:eu-central-1:000123456789:report-generator:r-0123456789abcdef0123456789abcdef",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestIsAccountID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"123456789012": true, "000000000001": true, "000000000000": true,
		"": false, "12345678901": false, "1234567890123": false, "1234-5678-9012": false, "12345678901x": false, " 12345678901": false,
		"+12345678901": false, "1.2345679E11": false, "１２３４": false, "12345678901\n": false,
	} {
		if got := usage.IsAccountID(id); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
}
