package handlers

import (
	"context"
	"slices"
	"strings"
	"time"

	"license-manager/views"
)

// lookTime is how long a page waits for S3 to tell which files are there.
const lookTime = 500 * time.Millisecond

// findMissing marks the files of a history that somebody has removed from the
// bucket. What S3 does not tell in time stays as it was published.
func (h Reports) findMissing(ctx context.Context, rows []views.HistoryItem) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	for folder, files := range byFolder(rows) {
		first := slices.MinFunc(files, func(a, b *views.HistoryItem) int { return strings.Compare(a.File.Key, b.File.Key) })
		keys, more, err := h.s3.Keys(ctx, folder.bucket, folder.prefix, first.File.Key)
		if err != nil && !isMissing(err) {
			return
		}
		for _, file := range files {
			_, there := slices.BinarySearch(keys, file.File.Key)
			file.Missing = !there && (!more || file.File.Key < keys[len(keys)-1])
		}
	}
}

// folder is where files of a usage report with one name are.
type folder struct{ bucket, prefix string }

// byFolder groups what was published.
func byFolder(rows []views.HistoryItem) map[folder][]*views.HistoryItem {
	groups := map[folder][]*views.HistoryItem{}
	for i := range rows {
		if row := &rows[i]; row.File.Published() {
			report := strings.SplitAfterN(row.File.Key, "/", 3) // Reports/, <usage-report-name>/, …
			of := folder{row.File.Bucket, strings.Join(report[:min(len(report), 2)], "")}
			groups[of] = append(groups[of], row)
		}
	}
	return groups
}
