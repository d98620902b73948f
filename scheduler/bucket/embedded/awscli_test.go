package embedded

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAWSCLI reads and writes with Debian's awscli, configured by nothing but
// the credentials file.
func TestAWSCLI(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("aws")
	if err != nil {
		t.Fatal("this test needs awscli: apt-get install awscli")
	}
	s := startTestServer(t, t.TempDir(), httptest.NewServer)
	s.createBucket(t, testBucket)
	s.put(t, "Reports/Ä daily/2026/11/24/20261124T000000Z-summary-0123456789abcdef.csv", testBody)
	home := t.TempDir()
	credentials := "s3-credentials"
	try := func(args ...string) (string, error) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), tool, append(args, "--endpoint-url", s.url)...)
		cmd.Dir = home
		cmd.Env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LANG=C.UTF-8", "AWS_EC2_METADATA_DISABLED=true",
			"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(s.dir, credentials),
		}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	run := func(args ...string) string {
		t.Helper()
		out, err := try(args...)
		if err != nil {
			t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return out
	}
	listed := run("s3", "ls", "--recursive", "s3://"+testBucket)
	want := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +36 Reports/Ä daily/2026/11/24/20261124T000000Z-summary-0123456789abcdef.csv\n$`)
	if !want.MatchString(listed) {
		t.Errorf("got %q", listed)
	}
	run("s3", "cp", "s3://"+testBucket+"/Reports/Ä daily/2026/11/24/20261124T000000Z-summary-0123456789abcdef.csv", "down.csv")
	down, err := os.ReadFile(filepath.Join(home, "down.csv"))
	if err != nil || string(down) != testBody {
		t.Errorf("got %q %v", down, err)
	}
	big := randomBody(9 << 20) // in parts
	if err := os.WriteFile(filepath.Join(home, "big.csv"), []byte(big), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := try("s3", "cp", "big.csv", "s3://"+testBucket+"/up/big.csv"); err == nil || !strings.Contains(out, "AccessDenied") || !strings.Contains(out, "s3-credentials-write") {
		t.Errorf("the keys that read: %v %s", err, out)
	}
	credentials = "s3-credentials-write"
	run("s3", "cp", "big.csv", "s3://"+testBucket+"/up/big.csv")
	if s.get(t, "up/big.csv") != big {
		t.Error("content differs")
	}
	run("s3", "rm", "--recursive", "s3://"+testBucket+"/up")
	if out, err := try("s3", "rm", "--recursive", "s3://"+testBucket); err == nil || !strings.Contains(out, "AccessDenied") {
		t.Errorf("the keys that write deleted reports: %v %s", err, out)
	}
	if got := len(s.files(t)); got != 1 {
		t.Errorf("%d files, want the report", got)
	}
}
