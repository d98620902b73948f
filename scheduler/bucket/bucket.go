// Package bucket is the product's S3 client: Amazon S3, any endpoint that speaks
// its protocol, or the server embedded in this program.
//
// It moves bytes and says in plain words what went wrong; it knows nothing of
// reports. Uploads stream in constant memory, are verified by a checksum on the
// server, and leave nothing behind when they fail. Requests are tried up to three
// times; retries over minutes and hours are the caller's business.
package bucket

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/logging"
)

// Mode says which S3 a Client talks to and where its credentials come from.
type Mode int

// The three values of the --s3 flag.
const (
	// Embedded is this program's own server: Options.Endpoint and static keys.
	// The SDK's default chain is never asked; it would end in a wait for the
	// metadata service of a cloud machine.
	Embedded Mode = iota
	// AWS is Amazon S3 with the SDK's default credential chain.
	AWS
	// Endpoint is any other S3: Options.Endpoint, default credential chain.
	Endpoint
)

// Style is where URLs of an S3 have the bucket.
type Style string

// The values of the --s3-style flag.
const (
	AutoStyle    Style = "auto"    // VirtualStyle with AWS, PathStyle with others
	PathStyle    Style = "path"    // https://host/bucket
	VirtualStyle Style = "virtual" // https://bucket.host
)

const (
	defaultRegion   = "us-east-1" // also the one Region that CreateBucket must not name
	defaultSilence  = 60 * time.Second
	defaultAttempts = 3
)

// Options configure a Client.
type Options struct {
	Mode Mode
	// Endpoint is the URL of the S3 server; unused with AWS.
	Endpoint string
	// Region of the buckets; empty means the environment's with AWS, else us-east-1.
	Region string
	// Style is where URLs have the bucket; empty means AutoStyle. The embedded
	// server knows PathStyle only.
	Style Style
	// AccessKeyID and SecretAccessKey are the keys of the embedded server; with
	// the other modes they stay empty.
	AccessKeyID, SecretAccessKey string
	// Silence is how long a connection may carry no byte in either direction
	// before the request fails; 0 means 60 seconds. See transport.go.
	Silence time.Duration
	// Attempts per request, the first included; 0 means 3.
	Attempts int
	// HTTPClient replaces the built-in one together with its timeouts.
	HTTPClient *http.Client
}

// Client reads and writes buckets. It is safe for concurrent use.
type Client struct {
	mode     Mode
	endpoint *url.URL // nil with AWS
	config   aws.Config
	s3       *s3.Client
	buffers  *buffers
	maxParts int64
	// unconditional is until when the server is taken for one that knows no
	// conditional writes, in nanoseconds since 1970; 0 if it was not seen to.
	unconditional atomic.Int64
}

// New makes a client; it reads the environment and the AWS files of the user
// where the mode asks for it and opens no connection to S3. Its errors are about
// the options and name no secret.
func New(ctx context.Context, o Options) (*Client, error) {
	endpoint, err := o.endpoint()
	if err != nil {
		return nil, err
	}
	cfg, err := o.config(ctx)
	if err != nil {
		return nil, err
	}
	c := &Client{mode: o.Mode, endpoint: endpoint, config: cfg, buffers: newBuffers(), maxParts: maxParts}
	c.s3 = s3.NewFromConfig(cfg, func(options *s3.Options) {
		options.HTTPClient = expecting{redirecting(options.HTTPClient)}
		options.DisableLogOutputChecksumValidationSkipped = true
		options.UsePathStyle = o.Mode == Embedded || o.Style == PathStyle || o.Mode == Endpoint && o.Style != VirtualStyle
		if endpoint != nil {
			options.BaseEndpoint = aws.String(endpoint.String())
		}
	})
	return c, nil
}

// checksum is the algorithm of uploads. The environment may turn it off for
// servers that know none.
func (c *Client) checksum() types.ChecksumAlgorithm {
	if c.config.RequestChecksumCalculation == aws.RequestChecksumCalculationWhenRequired {
		return ""
	}
	return types.ChecksumAlgorithmCrc32
}

// crc32 is the checksum of one request's body, for a header of the request. By
// https the SDK would send it in a trailer, which Ceph 16 refuses.
func (c *Client) crc32(body []byte) *string {
	if c.checksum() == "" {
		return nil
	}
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(body))
	return aws.String(base64.StdEncoding.EncodeToString(sum))
}

// unsigned leaves the SHA-256 of the body out of a signature by https, where TLS
// guards the body on its way.
func (c *Client) unsigned(o *s3.Options) {
	if c.secure() {
		o.APIOptions = append(o.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
	}
}

// Region is the Region that requests are signed for.
func (c *Client) Region() string { return c.config.Region }

// endpoint checks the URL of the server; nil with AWS. A URL with a password in
// it is refused without being repeated.
func (o Options) endpoint() (*url.URL, error) {
	if o.Mode == AWS {
		return nil, nil
	}
	u, err := url.Parse(o.Endpoint)
	switch {
	case err != nil:
		return nil, errors.New("S3 endpoint: not a URL")
	case u.User != nil:
		return nil, errors.New("S3 endpoint: the URL must not contain credentials")
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, errors.New("S3 endpoint: want http:// or https:// and a host")
	case u.RawQuery != "", u.Fragment != "":
		return nil, errors.New("S3 endpoint: the URL must not contain a query or a fragment")
	}
	return u, nil
}

// config is the SDK's configuration for the mode.
func (o Options) config(ctx context.Context) (aws.Config, error) {
	if o.Mode == Embedded {
		return o.static()
	}
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithHTTPClient(o.httpClient()),
		config.WithRetryer(o.retryer),
		config.WithLogger(logging.Nop{}),
		config.WithRegion(o.Region),
	)
	if err != nil {
		return aws.Config{}, fmt.Errorf("AWS configuration: %w", err)
	}
	if cfg.Region == "" && o.Mode == AWS {
		return aws.Config{}, errors.New("AWS configuration: no Region is set")
	}
	if cfg.Region == "" {
		cfg.Region = defaultRegion
	}
	if cfg.RequestChecksumCalculation == aws.RequestChecksumCalculationUnset {
		cfg.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenSupported
	}
	return cfg, nil
}

// static is the configuration for the embedded server; nothing of it comes from
// the environment.
func (o Options) static() (aws.Config, error) {
	if o.AccessKeyID == "" || o.SecretAccessKey == "" {
		return aws.Config{}, errors.New("embedded S3: no keys")
	}
	region := o.Region
	if region == "" {
		region = defaultRegion
	}
	keys := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: o.AccessKeyID, SecretAccessKey: o.SecretAccessKey, Source: "embedded S3"}, nil
	})
	return aws.Config{
		Region:                     region,
		Credentials:                keys,
		HTTPClient:                 o.httpClient(),
		Retryer:                    o.retryer,
		Logger:                     logging.Nop{},
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}, nil
}

// retryer tries a request again after a short while; anything longer than
// seconds is left to the caller, who knows what else waits.
func (o Options) retryer() aws.Retryer {
	return retry.NewStandard(func(s *retry.StandardOptions) {
		s.MaxAttempts = defaultAttempts
		if o.Attempts > 0 {
			s.MaxAttempts = o.Attempts
		}
		s.MaxBackoff = 2 * time.Second
	})
}
