package bucket

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// ErrOvertaken means that a later writer has put the object already.
var ErrOvertaken = errors.New("a later attempt has written the object")

// Writer is one of several that may come to write the same key, one after the
// other: what a later one wrote is never replaced by an earlier one that wakes
// up too late. S3 decides, by its conditional writes
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
type Writer struct {
	Attempt int    // 1 or more; the larger is the later
	ID      string // tells two of one number apart, ASCII without spaces
}

// writerKey is where the metadata of an object say who wrote it.
const writerKey = "attempt"

func (w *Writer) String() string { return strconv.Itoa(w.Attempt) + " " + w.ID }

// mark returns the metadata with the writer in them.
func (w *Writer) mark(metadata map[string]string) map[string]string {
	if w == nil {
		return metadata
	}
	marked := maps.Clone(metadata)
	if marked == nil {
		marked = map[string]string{}
	}
	marked[writerKey] = w.String()
	return marked
}

// writerOf returns who wrote an object; an earlier one than all if it does not say.
func writerOf(o Object) Writer {
	attempt, id, _ := strings.Cut(o.Metadata[writerKey], " ")
	n, err := strconv.Atoi(attempt)
	if err != nil {
		return Writer{}
	}
	return Writer{n, id}
}

// condition is under which S3 takes an object: while there is none, or while
// it is the one with that ETag.
type condition struct{ ifNoneMatch, ifMatch *string }

// ifAbsent holds while there is no object.
func ifAbsent() condition { return condition{ifNoneMatch: aws.String("*")} }

// conditionTries is how often others may write the key between a look at it
// and the write. Each is a later attempt, so a second time is rare already.
const conditionTries = 4

// conditionally has write put an object in the writer's turn. What an earlier
// try of this writer left, whose answer was lost, is as good as written.
func (c *Client) conditionally(ctx context.Context, o *Object, w *Writer, only condition, write func(condition) error) error {
	if w == nil || time.Now().UnixNano() < c.unconditional.Load() {
		return write(condition{})
	}
	err := write(only)
	for range conditionTries {
		switch {
		case err == nil:
			return nil
		case c.mode == Endpoint && isUnknownCondition(err): // Amazon's and the embedded one know them, whatever something on the way says
			return c.doWithout(write)
		case !isRefused(err):
			return err
		}
		last, next, failed := c.turn(ctx, o, *w)
		if failed != nil || last == *w {
			return failed
		}
		err = write(next)
	}
	return err
}

// askedAgain is after how long a server that refused a condition as unknown is
// asked again: it may have been something between that did.
const askedAgain = time.Hour

// doWithout writes to a server that knows no conditions. Then who comes last
// wins, as it was before there were any.
func (c *Client) doWithout(write func(condition) error) error {
	err := write(condition{})
	if err == nil {
		c.unconditional.Store(time.Now().Add(askedAgain).UnixNano())
	}
	return err
}

// turn looks who wrote the object last, and under which condition w may.
func (c *Client) turn(ctx context.Context, o *Object, w Writer) (last Writer, next condition, err error) {
	there, err := c.Head(ctx, o.Bucket, o.Key)
	if errors.Is(err, ErrNoObject) {
		return Writer{}, ifAbsent(), nil
	}
	if err != nil {
		return Writer{}, condition{}, err
	}
	if last = writerOf(there); last.Attempt > w.Attempt {
		return last, condition{}, fmt.Errorf("%w: %s, this is %s", ErrOvertaken, last.String(), w.String())
	}
	o.ETag = there.ETag
	return last, condition{ifMatch: &there.ETag}, nil
}

// isRefused tells whether a condition did not hold: someone has written or
// deleted the object, or is doing so.
func isRefused(err error) bool {
	return status(err) == http.StatusPreconditionFailed || missing(err) || code(err) == "ConditionalRequestConflict"
}

// isUnknownCondition tells whether a server other than Amazon's refuses a
// condition because it knows none.
func isUnknownCondition(err error) bool { return unsupported(err) || code(err) == "InvalidArgument" }
