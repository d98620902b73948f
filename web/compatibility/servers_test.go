//go:build compatibility

package compatibility_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The keys of each server.
const (
	accessKey = "AKIDCOMPATIBILITY"
	secretKey = "a-secret-for-tests-only"
)

// patience is how long anything may take on a busy machine.
const patience = 3 * time.Minute

// installed is where make compatibility puts servers that Debian does not have.
const installed = "../../.cache/compatibility"

// s3Server is one that a test has started. An address is empty if it does not
// listen there.
type s3Server struct {
	http, https string
	region      string // empty for one that takes requests for any Region
}

// start are the servers by name, and how each is started in an empty directory.
func start() map[string]func(t *testing.T, dir string, c certificate) s3Server {
	return map[string]func(t *testing.T, dir string, c certificate) s3Server{
		"Ceph RGW":  startCeph,
		"versitygw": startVersity,
		"MinIO":     startMinIO,
		"SeaweedFS": startSeaweedFS,
		"rclone":    startRclone,
	}
}

func startCeph(t *testing.T, dir string, c certificate) s3Server {
	plain, secure := freeAddress(t), freeAddress(t)
	run(t, dir, nil, "../../.ci/compatibility/ceph", dir, port(freeAddress(t)), port(plain), port(secure), c.file, c.key)
	return answers(t, s3Server{http: "http://" + plain, https: "https://" + secure})
}

func startVersity(t *testing.T, dir string, c certificate) s3Server {
	plain, secure := freeAddress(t), freeAddress(t)
	for address, flags := range map[string][]string{plain: nil, secure: {"--cert", c.file, "--key", c.key}} {
		files := filepath.Join(dir, port(address))
		makeDir(t, files)
		arguments := append([]string{"--access", accessKey, "--secret", secretKey, "--port", address}, flags...)
		run(t, dir, nil, filepath.Join(installed, "versitygw"), append(arguments, "posix", files)...)
	}
	return answers(t, s3Server{http: "http://" + plain, https: "https://" + secure, region: "us-east-1"})
}

func startMinIO(t *testing.T, dir string, c certificate) s3Server {
	plain, secure := freeAddress(t), freeAddress(t)
	env := []string{"MINIO_ROOT_USER=" + accessKey, "MINIO_ROOT_PASSWORD=" + secretKey}
	for address, certificates := range map[string]string{plain: filepath.Join(dir, "none"), secure: filepath.Dir(c.file)} {
		run(t, dir, env, filepath.Join(installed, "minio"), "server", "--quiet", "--address", address, "--console-address", freeAddress(t),
			"--certs-dir", certificates, filepath.Join(dir, port(address)))
	}
	return answers(t, s3Server{http: "http://" + plain, https: "https://" + secure})
}

func startSeaweedFS(t *testing.T, dir string, c certificate) s3Server {
	config := filepath.Join(dir, "s3.json")
	write(t, config, fmt.Sprintf(`{"identities":[{"name":"test","credentials":[{"accessKey":%q,"secretKey":%q}],"actions":["Admin","Read","Write","List","Tagging"]}]}`, accessKey, secretKey))
	plain, secure := freeAddress(t), freeAddress(t)
	random := func() string { return port(freeAddress(t)) }
	run(t, dir, nil, filepath.Join(installed, "weed"), "server", "-dir="+dir, "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-volume.max=0",
		"-master.port="+random(), "-master.port.grpc="+random(), "-volume.port="+random(), "-volume.port.grpc="+random(),
		"-filer", "-filer.port="+random(), "-filer.port.grpc="+random(), "-s3", "-s3.config="+config, "-s3.port="+port(plain), "-s3.port.grpc="+random(),
		"-s3.port.https="+port(secure), "-s3.cert.file="+c.file, "-s3.key.file="+c.key)
	return answers(t, s3Server{http: "http://" + plain, https: "https://" + secure})
}

func startRclone(t *testing.T, dir string, c certificate) s3Server {
	plain, secure := freeAddress(t), freeAddress(t)
	for address, flags := range map[string][]string{plain: nil, secure: {"--cert", c.file, "--key", c.key}} {
		files := filepath.Join(dir, port(address))
		makeDir(t, files)
		arguments := append([]string{"serve", "s3", "--config", "", "--auth-key", accessKey + "," + secretKey, "--addr", address, "--vfs-cache-mode", "full", "--cache-dir", filepath.Join(dir, "cache")}, flags...)
		run(t, dir, nil, filepath.Join(installed, "rclone"), append(arguments, files)...)
	}
	return answers(t, s3Server{http: "http://" + plain, https: "https://" + secure})
}

// run starts a server until the test ends. Its output is shown if the test fails.
func run(t *testing.T, dir string, env []string, program string, arguments ...string) {
	t.Helper()
	log, err := os.CreateTemp(dir, "log-*")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, arguments...)
	command.Env = append(append(os.Environ(), "AWS_ACCESS_KEY_ID="+accessKey, "AWS_SECRET_ACCESS_KEY="+secretKey, "HOME="+dir), env...)
	command.Stdout, command.Stderr = log, log
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 20 * time.Second
	if err := command.Start(); err != nil {
		t.Fatalf("%v: make compatibility installs it", err)
	}
	t.Cleanup(func() { // the test's context has ended by now
		_ = command.Wait() // it was told to end
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("end of the log of %s:\n%s", filepath.Base(program), text[max(0, len(text)-3000):])
		}
		log.Close()
	})
}

// answers waits until the server accepts connections at all its addresses.
func answers(t *testing.T, s s3Server) s3Server {
	t.Helper()
	for _, url := range []string{s.http, s.https} {
		if url == "" {
			continue
		}
		_, address, _ := strings.Cut(url, "://")
		await(t, url+" answers", func() bool {
			conn, err := net.DialTimeout("tcp", address, time.Second)
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
	}
	return s
}

// await asks until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	next, enough := time.NewTicker(200*time.Millisecond), time.After(patience)
	defer next.Stop()
	for !holds() {
		select {
		case <-next.C:
		case <-enough:
			t.Fatalf("after %v not yet: %s", patience, what)
		}
	}
}

// freeAddress is one at which nobody listens now.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func port(address string) string { _, p, _ := net.SplitHostPort(address); return p }

func makeDir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// certificate is one for 127.0.0.1 and the authority to trust, which is itself.
type certificate struct{ file, key string }

// newCertificate makes one, with the file names that MinIO wants.
func newCertificate(t *testing.T) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := certificate{filepath.Join(dir, "public.crt"), filepath.Join(dir, "private.key")}
	write(t, c.file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, c.key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	return c
}
