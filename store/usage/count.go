package usage

import (
	"errors"
	"strconv"
)

// MaxCount is the largest number that is taken for a count of licenses,
// vCPUs, cores, sockets or threads.
const MaxCount = 1_000_000_000

// ParseCount reads a whole number from 0 to MaxCount. The second result says
// in a sentence what is wrong with s, "" for nothing.
func ParseCount(s string) (int64, string) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) { // out of range, n is the nearest number
		return 0, notCount
	}
	return n, countProblem(n)
}

const notCount = "Enter a whole number, 0 or greater."

func countProblem(n int64) string {
	switch {
	case n < 0:
		return notCount
	case n > MaxCount:
		return "Enter 1,000,000,000 or fewer."
	default:
		return ""
	}
}
