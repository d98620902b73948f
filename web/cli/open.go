package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"license-manager/scheduler/bucket"
	"license-manager/scheduler/bucket/embedded"
	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/web"
)

// openDataDir makes the data directory, for nobody else to read, and makes
// sure that it can be written.
func (p *program) openDataDir(context.Context) error {
	dir := p.config.DataDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return wrong("data-dir", err)
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return wrong("data-dir", err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// openS3 makes the client and, in that mode, starts the embedded server. That
// another S3 can't be reached now is no reason not to start.
func (p *program) openS3(ctx context.Context) error {
	options := bucket.Options{Region: string(cmp.Or(p.config.S3Region, p.config.Region)), Style: bucket.Style(p.config.S3Style)}
	switch p.config.S3 {
	case s3Embedded:
		if err := p.embedS3(ctx, &options); err != nil {
			return err
		}
	case s3AWS:
		options.Mode = bucket.AWS
	default:
		options.Mode, options.Endpoint = bucket.Endpoint, string(p.config.S3)
	}
	client, err := bucket.New(ctx, options)
	if err != nil {
		return wrong("s3", err)
	}
	p.s3 = client
	return nil
}

func (p *program) embedS3(ctx context.Context, o *bucket.Options) error {
	server, err := web.Listen(ctx, string(p.config.S3Listen), p.proxies(), p.log)
	if err != nil {
		return wrong("s3-listen", err)
	}
	p.onStop(server.Stop)
	credentials := filepath.Join(p.config.DataDir, "s3-credentials")
	files, err := embedded.Open(embedded.Options{
		Dir:             filepath.Join(p.config.DataDir, "s3"),
		CredentialsFile: credentials,
		Region:          o.Region,
		Now:             p.now,
		Logger:          p.log,
	})
	if err != nil {
		return wrong("data-dir", err)
	}
	server.Start(files.Handler())
	p.onStop(func(ctx context.Context) error { return errors.Join(server.Stop(ctx), files.Close()) })
	o.Mode, o.Endpoint = bucket.Embedded, localURL(server.Addr())
	o.AccessKeyID, o.SecretAccessKey = files.Credentials()
	p.ready = append(p.ready, fmt.Sprintf("The embedded S3 server is ready at %s (keys that read in %s; keys that also write, but no reports, in %s-write)", o.Endpoint, credentials, credentials))
	return nil
}

// awsTimeout is how long the start waits for AWS.
const awsTimeout = 15 * time.Second

// account is whose usage is reported, as far as it is known before the
// database is open.
func (p *program) account(ctx context.Context) (usage.Account, error) {
	account := usage.Account{ID: string(p.config.AccountID), Region: string(p.config.Region)}
	if account.ID != "" || p.s3 == nil || p.config.S3 != s3AWS {
		return account, nil
	}
	ctx, cancel := context.WithTimeout(ctx, awsTimeout)
	defer cancel()
	id, err := p.s3.AccountID(ctx)
	if err != nil {
		return account, wrong("account-id", fmt.Errorf("AWS does not tell the account of the credentials, so give its 12 digits. %s", bucket.Explain(err).Words))
	}
	account.ID = id
	return account, nil
}

// openStore opens the database.
func (p *program) openStore(ctx context.Context) error {
	account, err := p.account(ctx)
	if err != nil {
		return err
	}
	url, flag := p.config.databaseURL()
	s, err := store.Open(ctx, store.Options{
		URL: url, Account: account, Streams: int(p.config.Publishers),
	})
	if err != nil {
		return wrong(flag, err)
	}
	p.store = s
	p.onStop(func(context.Context) error { return s.Close() })
	if p.clock, err = s.DB().OpenClock(ctx); err != nil {
		return wrong(flag, err)
	}
	p.now = p.clock.Now
	return nil
}
