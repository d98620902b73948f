package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// machine says on what the figures were measured.
func machine(ctx context.Context, b *bench) string {
	parts := []string{
		fmt.Sprintf("%d cores (%s)", runtime.NumCPU(), processor()), memory(), runtime.Version(),
		firstWords(ctx, 1, "SQLite", "sqlite3", "--version"), firstWords(ctx, 2, "", "python3", "--version"),
	}
	if b.postgres != "" {
		parts = append(parts, b.durability(ctx))
	}
	took := time.Since(b.began).Round(time.Second)
	return fmt.Sprintf("%s. Scale %g, full %t, %s in all, load %s.", strings.Join(parts, ", "), b.scale, b.full, took, load())
}

// field is the value of a line "name: value" of a file of /proc.
func field(file, name string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func processor() string { return field("/proc/cpuinfo", "model name") }

func memory() string {
	var kilobytes int
	if _, err := fmt.Sscan(field("/proc/meminfo", "MemTotal"), &kilobytes); err != nil {
		return "memory unknown"
	}
	return fmt.Sprintf("%d GB", (kilobytes+1<<19)>>20)
}

// load tells whether others were at work: the averages of 1, 5 and 15 minutes.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// firstWords is the begin of what a program prints, after a name.
func firstWords(ctx context.Context, words int, name string, command ...string) string {
	out, err := output(ctx, command[0], command[1:]...)
	if err != nil {
		return command[0] + " missing"
	}
	fields := strings.Fields(out)
	return strings.TrimSpace(name + " " + strings.Join(fields[:min(words, len(fields))], " "))
}

// rest waits until the processors have little to do, for five seconds at most.
func rest(ctx context.Context) {
	const look, most = 100 * time.Millisecond, 50
	all, idle := processorTime()
	for range most {
		select {
		case <-ctx.Done():
			return
		case <-time.After(look):
		}
		allNow, idleNow := processorTime()
		if idleNow-idle > (allNow-all)*3/4 {
			return
		}
		all, idle = allNow, idleNow
	}
}

// processorTime is how long the processors have been there and how long of it they had nothing to do, in the unit of Linux.
func processorTime() (all, idle float64) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := strings.Cut(string(text), "\n") // cpu, then the times: user, nice, system, idle, waiting for the disk, …
	for i, word := range strings.Fields(line)[1:] {
		n, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return 0, 0
		}
		if all += n; i == 3 || i == 4 {
			idle += n
		}
	}
	return all, idle
}
