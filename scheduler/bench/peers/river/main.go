// Command river is River publishing summary reports: the same work as the product's, as jobs of a queue on PostgreSQL.
//
//	river <database of River> <database of the product> <S3 endpoint> <bucket> <reports> <workers>
//
// It inserts a job for each of so many reports, works them all and prints the seconds from the first insertion to the last
// completion.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "river:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 6 {
		return fmt.Errorf("want two databases, endpoint, bucket, reports and workers")
	}
	reports, err := strconv.Atoi(args[4])
	if err != nil {
		return err
	}
	workers, err := strconv.Atoi(args[5])
	if err != nil {
		return err
	}
	queue, err := open(ctx, args[0], workers)
	if err != nil {
		return err
	}
	defer queue.Close()
	product, err := open(ctx, args[1], workers)
	if err != nil {
		return err
	}
	defer product.Close()
	ids, err := reportIDs(ctx, product, reports)
	if err != nil {
		return err
	}
	publisher := &publisher{db: product, s3: client(args[2], workers), bucket: args[3]}
	took, err := work(ctx, queue, publisher, ids, workers)
	if err != nil {
		return err
	}
	_, err = fmt.Println(took.Seconds())
	return err
}

func open(ctx context.Context, url string, connections int) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(min(connections+4, 48))
	return pgxpool.NewWithConfig(ctx, config)
}

func reportIDs(ctx context.Context, db *pgxpool.Pool, limit int) ([]string, error) {
	rows, err := db.Query(ctx, "SELECT id FROM reports WHERE deleted_at IS NULL ORDER BY id LIMIT $1", limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// work runs River on a queue that holds nothing but these jobs.
func work(ctx context.Context, queue *pgxpool.Pool, p *publisher, ids []string, workers int) (time.Duration, error) {
	driver := riverpgxv5.New(queue)
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return 0, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return 0, err
	}
	known := river.NewWorkers()
	river.AddWorker(known, p)
	c, err := river.NewClient(driver, &river.Config{
		Logger:            slog.New(slog.DiscardHandler),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		Workers:           known,
		FetchCooldown:     river.FetchCooldownMin, // the default of 100 ms would hold it back
		FetchPollInterval: 10 * time.Millisecond,
	})
	if err != nil {
		return 0, err
	}
	completed, cancel := c.SubscribeConfig(&river.SubscribeConfig{
		Kinds: []river.EventKind{river.EventKindJobCompleted, river.EventKindJobFailed}, ChanSize: 2 * len(ids),
	})
	defer cancel()
	if err := c.Start(ctx); err != nil {
		return 0, err
	}
	took, err := workAll(ctx, c, completed, ids)
	if err != nil {
		return 0, err
	}
	return took, c.Stop(ctx)
}

// workAll inserts a job for each report and waits for all of them.
func workAll(ctx context.Context, c *river.Client[pgx.Tx], completed <-chan *river.Event, ids []string) (time.Duration, error) {
	jobs := make([]river.InsertManyParams, len(ids))
	for i, id := range ids {
		jobs[i].Args = publishArgs{ReportID: id}
	}
	began := time.Now()
	if _, err := c.InsertManyFast(ctx, jobs); err != nil {
		return 0, err
	}
	for range ids {
		if event := <-completed; event.Kind == river.EventKindJobFailed {
			return 0, fmt.Errorf("job failed: %v", event.Job.Errors)
		}
	}
	return time.Since(began), nil
}

// publishArgs is the job: publish the summary of a report.
type publishArgs struct {
	ReportID string `json:"report_id"`
}

// Kind names the job to River.
func (publishArgs) Kind() string { return "publish" }

// publisher reads the figures of a license, renders them and puts them into a bucket.
type publisher struct {
	river.WorkerDefaults[publishArgs]
	db     *pgxpool.Pool
	s3     *s3.Client
	bucket string
}

const figures = `
SELECT r.name, r.arn, l.arn, l.id, l.name, l.description, l.counting_type, l.status, l.owner_account_id, l.rules, c.associated, c.consumed
FROM reports r JOIN licenses l ON l.id = r.license_id
CROSS JOIN LATERAL (SELECT coalesce(sum(associated), 0)::bigint AS associated, coalesce(sum(consumed), 0)::bigint AS consumed
                    FROM license_counters WHERE license_id = l.id) c
WHERE r.id = $1`

// Work does the job.
func (p *publisher) Work(ctx context.Context, job *river.Job[publishArgs]) error {
	var text [10]string
	var associated, consumed int64
	row := p.db.QueryRow(ctx, figures, job.Args.ReportID)
	if err := row.Scan(&text[0], &text[1], &text[2], &text[3], &text[4], &text[5], &text[6], &text[7], &text[8], &text[9], &associated, &consumed); err != nil {
		return err
	}
	var file bytes.Buffer
	for _, header := range []bool{true, false} { // the product's file has two lines of nearly the same length
		for _, value := range text {
			fmt.Fprintf(&file, "%s,", value)
		}
		fmt.Fprintf(&file, "%d,%d,%t\n", associated, consumed, header)
	}
	_, err := p.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket:      &p.bucket,
		Key:         aws.String("Reports/" + text[0] + "/" + strconv.FormatInt(job.ID, 10) + ".csv"),
		Body:        bytes.NewReader(file.Bytes()),
		ContentType: aws.String("text/csv; charset=utf-8"),
	})
	return err
}

// client keeps a connection for each worker.
func client(endpoint string, workers int) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &endpoint,
		UsePathStyle: true,
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("bench", "bench", ""),
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConns, t.MaxIdleConnsPerHost = workers, workers
		}),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
	})
}
