package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// AccountID is the 12 digits of the AWS account whose credentials are in use;
// errors.ErrUnsupported with an S3 that is not AWS.
func (c *Client) AccountID(ctx context.Context) (string, error) {
	if c.mode != AWS {
		return "", fmt.Errorf("account ID: %w", errors.ErrUnsupported)
	}
	out, err := sts.NewFromConfig(c.config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("account ID: %w", err)
	}
	return aws.ToString(out.Account), nil
}

// ConsoleURL is the page of the AWS console that shows a bucket at a prefix; ok
// is false with an S3 that is not AWS.
func (c *Client) ConsoleURL(bucket, prefix string) (address string, ok bool) {
	if c.mode != AWS {
		return "", false
	}
	region := c.config.Region
	return fmt.Sprintf("https://%s.%s/s3/buckets/%s?region=%s&prefix=%s", region,
		partition(region).console, url.PathEscape(bucket), url.QueryEscape(region), escape(prefix)), true
}

// escape is for a query value that other programs than a form's reader will
// take apart: a space is %20, not +.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// area is one of the separate worlds that AWS consists of.
type area struct{ name, console string }

func partition(region string) area {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return area{"aws-cn", "console.amazonaws.cn"}
	case strings.HasPrefix(region, "us-gov-"):
		return area{"aws-us-gov", "console.amazonaws-us-gov.com"}
	case strings.HasPrefix(region, "eusc-"):
		return area{"aws-eusc", "console.amazonaws-eusc.eu"}
	}
	return area{"aws", "console.aws.amazon.com"}
}
