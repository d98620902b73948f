package cli

import (
	"cmp"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// Config are the flags that all commands share. Each has an environment
// variable.
type Config struct {
	Listen         address   `group:"Console" default:"127.0.0.1:8080" help:"Where the console listens: host and port. With port 0 the system chooses one."`
	PublicURL      *siteURL  `group:"Console" name:"public-url" placeholder:"URL" help:"Where browsers find the console, if that is not where it listens, e.g. https://licenses.example.com behind a proxy."`
	TrustedProxies []network `group:"Console" placeholder:"NETWORK" help:"Networks of proxies that are believed when they say for whom they ask, e.g. 10.0.0.0/8."`
	TimeZone       zone      `group:"Console" default:"UTC" help:"Time zone of the times on the pages, e.g. Europe/Berlin."`
	DataDir        string    `group:"Data" default:"./data" help:"Folder for everything that is kept on this machine. It is made if it is not there."`
	Database       database  `group:"Data" placeholder:"URL" help:"PostgreSQL database, e.g. postgres://user:password@host/name. Without it, a SQLite file in the data directory."`
	S3             s3        `group:"Data" name:"s3" env:"LICENSE_MANAGER_S3" default:"embedded" help:"Where reports are published: embedded (a server in this program), aws (Amazon S3), or the URL of any other S3. Credentials for aws and a URL come from where the AWS command line takes them."`
	S3Listen       address   `group:"Data" name:"s3-listen" env:"LICENSE_MANAGER_S3_LISTEN" default:"127.0.0.1:9000" help:"Where the embedded S3 server listens. Keys that read are in the file s3-credentials of the data directory, keys that also write, but no reports, in s3-credentials-write."`
	S3Style        s3Style   `group:"Data" name:"s3-style" env:"LICENSE_MANAGER_S3_STYLE" default:"auto" help:"Where URLs of the S3 have the bucket: path (https://host/bucket), virtual (https://bucket.host), or auto, which is virtual for aws and path for others."`
	S3Region       region    `group:"Data" name:"s3-region" env:"LICENSE_MANAGER_S3_REGION" placeholder:"REGION" help:"Region of the bucket, if it is not the one of the identifiers (--region). Requests to the S3 are signed for it."`
	Region         region    `group:"Data" default:"us-east-1" help:"AWS Region of the identifiers, and of the bucket unless --s3-region is given."`
	AccountID      accountID `group:"Data" name:"account-id" placeholder:"DIGITS" help:"AWS account for which usage is reported: 12 digits. Without it, with aws the one of the credentials, else one that is made up once and kept."`
	Publishers     workers   `group:"Data" default:"4" help:"How many reports are generated at once."`
	LogFormat      string    `group:"Log" default:"text" enum:"text,json" help:"Format of the log: text or json."`
	LogLevel       string    `group:"Log" default:"info" enum:"debug,info,warn,error" help:"What is logged: debug, info, warn, or error, each with what is worse."`
}

// check looks at the values themselves. Kong would do it for flags only, and
// repeat a wrong value of a variable, which may be a secret.
func (c *Config) check() error {
	for _, flag := range []struct {
		name  string
		value interface{ check() error }
	}{
		{"listen", c.Listen}, {"database", c.Database}, {"s3", c.S3}, {"s3-listen", c.S3Listen},
		{"s3-style", c.S3Style}, {"region", c.Region}, {"s3-region", cmp.Or(c.S3Region, c.Region)}, {"account-id", c.AccountID}, {"publishers", c.Publishers},
	} {
		if err := flag.value.check(); err != nil {
			return wrong(flag.name, err)
		}
	}
	return nil
}

// databaseURL is what the store opens, and the flag to blame if it can't.
func (c *Config) databaseURL() (url, flag string) {
	if c.Database == "" {
		return filepath.Join(c.DataDir, "license-manager.db"), "data-dir"
	}
	return string(c.Database), "database"
}

// sqliteDir is the directory of the database; empty if that is PostgreSQL.
func (c *Config) sqliteDir() string {
	url, _ := c.databaseURL()
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return ""
	}
	return filepath.Dir(url)
}

// logger returns the log that the flags describe, on standard error.
func (c *Config) logger() *slog.Logger {
	var level slog.LevelVar
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level.Set(slog.LevelInfo)
	}
	options := &slog.HandlerOptions{Level: &level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

// consoleURL is where browsers find the console that listens at an address.
func (c *Config) consoleURL(listening net.Addr) string {
	if c.PublicURL != nil {
		return c.PublicURL.String()
	}
	return localURL(listening)
}

// localURL is how this machine reaches a server of its own.
func localURL(listening net.Addr) string {
	host, port, err := net.SplitHostPort(listening.String())
	if err != nil {
		return "http://" + listening.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// usageError is a command line or a configuration that can't be carried out.
type usageError struct{ problem string }

// Error is the problem.
func (e *usageError) Error() string { return e.problem }

// wrong returns a usageError that names a flag, on one line.
func wrong(flag string, err error) error {
	return &usageError{"--" + flag + ": " + strings.Join(strings.Fields(err.Error()), " ")}
}

func isUsage(err error) bool {
	var usage *usageError
	return errors.As(err, &usage)
}
