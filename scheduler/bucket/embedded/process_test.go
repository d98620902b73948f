package embedded

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// childDir names the directory that a copy of the test binary shall serve;
// childDisk how its disk is limited.
const (
	childDir  = "EMBEDDED_S3_TEST_DIR"
	childDisk = "EMBEDDED_S3_TEST_DISK"
)

// The kinds of limited disk.
const (
	mountedDisk = "mounted" // a small file system of its own
	limitedDisk = "limited" // a limit on the size of files
)

// smallDisk is the size of a limited disk.
const smallDisk = 6 << 20

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := serveChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serveChild is a server in a process of its own, until its standard input is
// closed or it is killed. It says where it listens on its standard output.
func serveChild(dir string) error {
	debug.SetGCPercent(100) // tests look at the memory of the process; make test has another setting
	if err := limitDisk(dir); err != nil {
		return err
	}
	server, err := Open(Options{
		Dir: filepath.Join(dir, "s3"), CredentialsFile: filepath.Join(dir, "s3-credentials"),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	id, secret := server.Credentials()
	fmt.Println(listener.Addr(), id, secret)
	web := &http.Server{Handler: server.Handler()}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = web.Close()
	}()
	if err := web.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return server.Close()
}

// limitDisk gives a child little room.
func limitDisk(dir string) error {
	switch os.Getenv(childDisk) {
	case mountedDisk:
		if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			return err
		}
		return syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+strconv.Itoa(smallDisk))
	case limitedDisk:
		signal.Ignore(syscall.SIGXFSZ)
		limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
	}
	return nil
}

// child is a server in another process, with a client.
type child struct {
	*testServer
	process *exec.Cmd
	stop    io.Closer
}

// startChild starts a server in a process of its own on dir.
func startChild(t testing.TB, dir, disk string) (*child, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{process: exec.Command(self)}
	c.process.Env = append(os.Environ(), childDir+"="+dir, childDisk+"="+disk)
	c.process.Stderr = testWriter{t}
	if disk == mountedDisk {
		c.process.SysProcAttr = ownMounts()
	}
	if c.stop, err = c.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	output, err := c.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.process.Start(); err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		c.stop.Close()
		_ = c.process.Wait() // it may have been killed
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the server did not start: %w", err)
	}
	said := strings.Fields(line)
	h := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	t.Cleanup(h.CloseIdleConnections)
	c.testServer = &testServer{
		Server: &Server{keys: []keyPair{{accessKeyID: said[1], secretAccessKey: said[2]}}}, url: "http://" + said[0], dir: dir,
		http: h, client: newClient(h, "http://"+said[0], said[1], said[2]),
	}
	return c, nil
}

// ownMounts lets a child mount without privileges of ours and without a trace
// when it ends.
func ownMounts() *syscall.SysProcAttr {
	if os.Geteuid() == 0 {
		return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	}
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
}

// kill ends the child at once, as a power cut would.
func (c *child) kill(t testing.TB) {
	t.Helper()
	if err := c.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.process.Wait()
}
