package usage

// Account is who this installation reports for: the account that owns what
// is created here, and the region that appears in its ARNs.
type Account struct {
	ID     string // 12 digits; text, because leading zeros matter
	Region string // e.g. "us-east-1"
}

// LicenseARN returns the ARN of a self-managed license, in the form that AWS
// License Manager uses (colon before the id).
func (a Account) LicenseARN(id string) string {
	return "arn:aws:license-manager:" + a.Region + ":" + a.ID + ":license-configuration:" + id
}

// ReportARN returns the ARN of a usage report, in the form that AWS License
// Manager uses (colon before the id).
func (a Account) ReportARN(id string) string {
	return "arn:aws:license-manager:" + a.Region + ":" + a.ID + ":report-generator:" + id
}

// IsAccountID reports whether s is an AWS account id: 12 digits.
func IsAccountID(s string) bool {
	if len(s) != 12 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
