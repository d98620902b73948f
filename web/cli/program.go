package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"license-manager/handlers"
	"license-manager/scheduler"
	"license-manager/scheduler/bucket"
	"license-manager/scheduler/publish"
	"license-manager/store"
	"license-manager/store/db"
	"license-manager/store/inventory"
	"license-manager/store/usage"
	"license-manager/web"
)

// program is what runs, and how it is stopped.
type program struct {
	config Config
	log    *slog.Logger
	now    func() time.Time
	store  *store.Store
	clock  *db.Clock
	s3     *bucket.Client
	ready  []string                      // what to log once everything is up
	stops  []func(context.Context) error // in the order of the starts
}

// grace is how long each part has to end its work.
const grace = 4 * time.Second

// stop stops everything that was started, the last first.
func (p *program) stop() {
	for _, stop := range slices.Backward(p.stops) {
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		if err := stop(ctx); err != nil {
			p.log.Warn("a part did not stop as it should", "error", err)
		}
		cancel()
	}
}

func (p *program) onStop(stop func(context.Context) error) { p.stops = append(p.stops, stop) }

// act is for what the program does by itself.
func (p *program) act(by string) usage.Act { return usage.Act{By: by, At: p.now()} }

// serve runs the console until ctx ends, which may be while it starts.
func (p *program) serve(ctx context.Context) error {
	if err := p.start(ctx); ctx.Err() == nil {
		return err
	}
	return nil // whatever the start was at, it was asked to stop
}

// start starts the parts, what the others need first, and waits for the end.
func (p *program) start(ctx context.Context) error {
	server, err := web.Listen(ctx, string(p.config.Listen), p.proxies(), p.log)
	if err != nil {
		return wrong("listen", err)
	}
	p.onStop(server.Stop)
	for _, open := range []func(context.Context) error{p.openDataDir, p.showServing, p.openS3, p.openStore} {
		if err := open(ctx); err != nil {
			return err
		}
	}
	url := p.config.consoleURL(server.Addr())
	if err := p.firstStart(ctx, url); err != nil {
		return err
	}
	site, err := p.site()
	if err != nil {
		return err
	}
	server.Start(site)
	p.onStop(server.Stop)
	for _, words := range append(p.ready, fmt.Sprintf("License Manager is ready at %s (version %s)", url, version)) {
		p.log.Info(words)
	}
	select {
	case <-ctx.Done():
		p.log.Info("stopping")
		return nil
	case err := <-server.Failed():
		return err
	}
}

// The jobs of the scheduler.
const (
	publishJob      = "publish"
	publishEvery    = time.Second // how late a report is at most, also one that another replica created
	forecastJob     = "forecast"
	forecastEvery   = time.Minute
	forecastMost    = 1000 // licenses at a time
	compareJob      = "compare"
	compareEvery    = 2 * time.Second
	clockJob        = "clock"
	clockEvery      = 30 * time.Second
	checkpointJob   = "checkpoint"
	checkpointEvery = time.Second
	judgeJob        = "judge" // handlers nudge it
	importJob       = "import"
	importEvery     = time.Second // how late what another replica or the command line has staged is at most
	sweepJob        = "sweep"
	sweepEvery      = time.Hour
)

// site starts the jobs and returns the pages, which nudge them.
func (p *program) site() (http.Handler, error) {
	var jobs *scheduler.Scheduler
	imports := p.openImporter(nil)
	publisher := publish.New(publish.Options{
		Store:      p.store,
		Bucket:     p.s3,
		Publishers: int(p.config.Publishers),
		Nudge:      func() { jobs.Nudge(publishJob) },
		Now:        p.now,
		SpoolDir:   p.config.DataDir,
		Logger:     p.log,
	})
	jobs, err := scheduler.New(p.log,
		scheduler.Job{Name: publishJob, Every: publishEvery, Run: publisher.PublishDue},
		scheduler.Job{Name: forecastJob, Every: forecastEvery, Run: p.forecast},
		scheduler.Job{Name: compareJob, Every: compareEvery, Run: publisher.CompareDue},
		scheduler.Job{Name: clockJob, Every: clockEvery, Run: p.clock.Adjust},
		scheduler.Job{Name: checkpointJob, Every: checkpointEvery, Run: p.store.DB().Checkpoint},
		scheduler.Job{Name: judgeJob, Every: importEvery, Run: imports.Judge},
		scheduler.Job{Name: importJob, Every: importEvery, Run: imports.Apply},
		scheduler.Job{Name: sweepJob, Every: sweepEvery, Run: p.sweep(publisher, imports)},
	)
	if err != nil {
		return nil, err
	}
	jobs.Start()
	p.onStop(func(ctx context.Context) error {
		err := jobs.Stop(ctx)
		publisher.Stop(ctx)
		return err
	})
	console := handlers.New(handlers.Options{
		Store:        p.store,
		Inventory:    imports,
		S3:           p.s3,
		EnsureBucket: publisher.EnsureBucket,
		Nudge:        jobs.Nudge,
		Alive:        p.alive(jobs),
		Free:         func() (int64, error) { return freeBytes(p.config.DataDir) },
		Now:          p.now,
		Zone:         p.config.TimeZone.Location,
		HTTPS:        p.config.PublicURL != nil && p.config.PublicURL.Scheme == "https",
		Host:         p.publicHost(),
		Version:      version,
	})
	return web.New(web.Options{Console: console, Logger: p.log, PublicURL: p.publicURL(), TrustedProxies: p.proxies()})
}

// forecast looks when licenses reach their limits, after their reports were
// published.
func (p *program) forecast(ctx context.Context) error {
	_, err := p.store.ForecastLimits(ctx, p.now(), forecastMost)
	return err
}

// sweep deletes what has come to its end.
func (p *program) sweep(publisher *publish.Publisher, imports *inventory.Importer) func(context.Context) error {
	return func(ctx context.Context) error {
		return errors.Join(p.store.Sessions(p.now).Sweep(ctx), imports.Sweep(ctx), publisher.Sweep(ctx))
	}
}

// alive tells when the jobs last gave a sign of life; the start counts as one,
// since the first run has yet to come then.
func (p *program) alive(jobs *scheduler.Scheduler) func() time.Time {
	started := p.now()
	return func() time.Time {
		beat := jobs.Heartbeat(publishJob)
		if beat.IsZero() {
			return started
		}
		return p.now().Add(-time.Since(beat)) // the scheduler goes by the machine's clock
	}
}

func (p *program) publicURL() *url.URL {
	if p.config.PublicURL == nil {
		return nil
	}
	return &p.config.PublicURL.URL
}

func (p *program) publicHost() string {
	if p.config.PublicURL == nil {
		return ""
	}
	return p.config.PublicURL.Host
}

func (p *program) proxies() []netip.Prefix {
	var prefixes []netip.Prefix
	for _, proxy := range p.config.TrustedProxies {
		prefixes = append(prefixes, proxy.Prefix)
	}
	return prefixes
}
