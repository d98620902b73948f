package embedded

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
)

func TestCredentialsFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "s3-credentials")
	made, err := loadCredentials(path, readsAll)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^LMS3[A-Z2-7]{16}$`).MatchString(made.accessKeyID) || !regexp.MustCompile(`^[\w-]{40}$`).MatchString(made.secretAccessKey) {
		t.Errorf("got %+v", made)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v %v", info, err)
	}
	again, err := loadCredentials(path, readsAll)
	if err != nil || again != made {
		t.Errorf("got %+v %v", again, err)
	}
	other, err := loadCredentials(path+"2", readsAll)
	if err != nil || other.accessKeyID == made.accessKeyID || other.secretAccessKey == made.secretAccessKey {
		t.Errorf("the keys are not random: %+v %v", other, err)
	}
	seen, err := config.LoadSharedConfigProfile(context.Background(), "default", func(o *config.LoadSharedConfigOptions) {
		o.CredentialsFiles, o.ConfigFiles = []string{path}, []string{}
	})
	if err != nil || seen.Credentials.AccessKeyID != made.accessKeyID || seen.Credentials.SecretAccessKey != made.secretAccessKey {
		t.Errorf("the SDK reads %+v %v", seen.Credentials, err)
	}
}

// TestCredentialsByHand reads a file that an administrator wrote.
func TestCredentialsByHand(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s3-credentials")
	text := "# ours\n[other]\naws_access_key_id=x\n\n[ default ]\n aws_access_key_id =  AKIDEXAMPLE \naws_secret_access_key=a=b/c+d\nregion = eu-central-1\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := loadCredentials(path, readsAll)
	if want := (keyPair{"s3-credentials", readsAll, "AKIDEXAMPLE", "a=b/c+d"}); err != nil || got != want {
		t.Errorf("got %+v %v", got, err)
	}
}
