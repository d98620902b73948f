package views

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// This file is the one place where values become text for people. Each value has an Append function, which
// tables use because it allocates nothing beyond the buffer, and a short form that returns a string.

// Missing stands for a value that is not set.
const Missing = "-"

// OrMissing returns the text, or Missing for an empty one.
func OrMissing(text string) string {
	if text == "" {
		return Missing
	}
	return text
}

// AppendNumber appends a whole number with thousands separators: 1,284.
func AppendNumber(b []byte, n int64) []byte {
	var digits [20]byte
	text := strconv.AppendInt(digits[:0], n, 10)
	if text[0] == '-' {
		b = append(b, '-')
		text = text[1:]
	}
	for i, digit := range text {
		if i > 0 && (len(text)-i)%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, digit)
	}
	return b
}

// Number is AppendNumber as a string.
func Number(n int64) string {
	if n >= 0 && n < 1000 {
		return strconv.Itoa(int(n))
	}
	return string(AppendNumber(make([]byte, 0, 26), n))
}

// Change is a difference with its sign: +3, 0, or −1 with a true minus sign.
func Change(n int64) string {
	switch {
	case n > 0:
		return "+" + Number(n)
	case n < 0:
		return "−" + strings.TrimPrefix(Number(n), "-")
	}
	return "0"
}

// AppendSize appends a number of bytes in units of 1,024 with one decimal: 0.8 KB, 21.4 KB, 1.2 GB.
func AppendSize(b []byte, bytes int64) []byte {
	if bytes > 0 && bytes < 52 { // one decimal would show nothing
		return append(b, "< 0.1 KB"...)
	}
	size, unit := float64(bytes)/1024, 0
	for size >= 1023.95 && unit < len(sizeUnits)-1 { // 1,023.95 and more would be shown as 1024.0
		size, unit = size/1024, unit+1
	}
	return append(strconv.AppendFloat(b, size, 'f', 1, 64), ' ', sizeUnits[unit], 'B')
}

const sizeUnits = "KMGTP"

// Size is AppendSize as a string.
func Size(bytes int64) string { return string(AppendSize(make([]byte, 0, 16), bytes)) }

// AppendDuration appends how long something took: 0.8 s, 1 m 12 s, 2 h 5 m.
func AppendDuration(b []byte, d time.Duration) []byte {
	switch {
	case d < 100*time.Millisecond:
		return append(b, "< 0.1 s"...)
	case d < time.Minute-50*time.Millisecond: // above, one decimal would show 60.0
		return append(strconv.AppendFloat(b, d.Seconds(), 'f', 1, 64), " s"...)
	}
	seconds := int64(d.Round(time.Second) / time.Second)
	if seconds < 3600 {
		return appendTwo(b, seconds/60, " m ", seconds%60, " s")
	}
	return appendTwo(b, seconds/3600, " h ", seconds%3600/60, " m")
}

func appendTwo(b []byte, first int64, unit string, second int64, secondUnit string) []byte {
	b = append(AppendNumber(b, first), unit...)
	return append(strconv.AppendInt(b, second, 10), secondUnit...)
}

// Duration is AppendDuration as a string.
func Duration(d time.Duration) string { return string(AppendDuration(make([]byte, 0, 16), d)) }

// Percent is a share with one decimal: 85.8%. A whole of 0 has no share and gives Missing.
func Percent(part, whole int64) string {
	if whole == 0 {
		return Missing
	}
	return Decimal(100*float64(part)/float64(whole)) + "%"
}

// Decimal is a number of 0 or more with one decimal: 1,250.5.
func Decimal(n float64) string {
	whole, tenth := math.Modf(math.Round(n*10) / 10)
	return Number(int64(whole)) + "." + strconv.Itoa(int(math.Round(tenth*10)))
}

// Account is a 12-digit AWS account number in groups of four: 1234-5678-9012. Other text is returned as it is.
func Account(id string) string {
	if len(id) != 12 {
		return OrMissing(id)
	}
	return id[:4] + "-" + id[4:8] + "-" + id[8:]
}

// Count is a number with its noun: 1 field, 2 fields.
func Count(n int64, one, many string) string {
	return Number(n) + " " + plural(n, one, many)
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// JoinNames joins names as in a sentence: a; a and b; a, b, and c.
func JoinNames(names ...string) string {
	switch n := len(names); n {
	case 0, 1:
		return strings.Join(names, "")
	case 2:
		return names[0] + " and " + names[1]
	default:
		return strings.Join(names[:n-1], ", ") + ", and " + names[n-1]
	}
}
