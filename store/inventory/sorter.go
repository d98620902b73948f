package inventory

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// sorterMemory is how many bytes of records a sorter keeps in memory.
const sorterMemory = 8 << 20

// runBuffer is how many bytes are read at once of each run on disk.
const runBuffer = 32 << 10

// sorter puts records in the order of their keys; those with the same key stay
// in the order in which they came. It takes constant memory: what doesn't fit
// lies sorted, run by run, in a temporary file.
type sorter struct {
	dir    string // of the temporary file; empty for the system's
	memory int    // bytes of records kept in memory

	data    []byte // keys and values of the run being filled
	records []sorterRecord
	file    *os.File // nil until memory was full once
	ends    []int64  // where the runs in file end
}

// sorterRecord is where a record of the run being filled lies in data.
type sorterRecord struct{ key, value, end int }

// newSorter returns an empty sorter with its temporary file, if any, in dir.
func newSorter(dir string) *sorter { return &sorter{dir: dir, memory: sorterMemory} }

// add takes copies of key and value.
func (s *sorter) add(key string, value []byte) error {
	if size := len(key) + len(value); len(s.data) > 0 && len(s.data)+size > s.memory {
		if err := s.spill(); err != nil {
			return fmt.Errorf("sort on disk: %w", err)
		}
	}
	r := sorterRecord{key: len(s.data), value: len(s.data) + len(key), end: len(s.data) + len(key) + len(value)}
	s.data = append(append(s.data, key...), value...)
	s.records = append(s.records, r)
	return nil
}

// sort orders the run in memory.
func (s *sorter) sort() {
	slices.SortFunc(s.records, func(a, b sorterRecord) int {
		if c := bytes.Compare(s.data[a.key:a.value], s.data[b.key:b.value]); c != 0 {
			return c
		}
		return a.key - b.key
	})
}

// spill moves the run in memory to the temporary file.
func (s *sorter) spill() error {
	if s.file == nil {
		if err := s.openFile(); err != nil {
			return err
		}
	}
	s.sort()
	w := bufio.NewWriterSize(s.file, runBuffer)
	var size int64
	var head [2 * binary.MaxVarintLen64]byte
	for _, r := range s.records {
		n := binary.PutUvarint(head[:], uint64(r.value-r.key))
		n += binary.PutUvarint(head[n:], uint64(r.end-r.value))
		w.Write(head[:n])            //nolint:errcheck // Flush tells
		w.Write(s.data[r.key:r.end]) //nolint:errcheck // Flush tells
		size += int64(n + r.end - r.key)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	s.ends = append(s.ends, s.begin(len(s.ends))+size)
	s.data, s.records = s.data[:0], s.records[:0]
	return nil
}

func (s *sorter) openFile() error {
	f, err := os.CreateTemp(s.dir, "import-*.tmp")
	if err != nil {
		return err
	}
	s.file = f
	os.Remove(f.Name()) //nolint:errcheck // an open file needs no name, where the system allows; close removes it elsewhere
	return nil
}

func (s *sorter) begin(run int) int64 {
	if run == 0 {
		return 0
	}
	return s.ends[run-1]
}

// each calls fn with every record in order. The slices are valid until fn
// returns. It may be called again; adding records after it is not possible.
func (s *sorter) each(fn func(key, value []byte) error) error {
	s.sort()
	if len(s.ends) == 0 {
		for _, r := range s.records {
			if err := fn(s.data[r.key:r.value], s.data[r.value:r.end]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.spillRest(); err != nil {
		return fmt.Errorf("sort on disk: %w", err)
	}
	return s.merge(fn)
}

// spillRest moves the last run to the others, and its memory with it.
func (s *sorter) spillRest() error {
	if len(s.records) == 0 {
		return nil
	}
	err := s.spill()
	s.data, s.records = nil, nil
	return err
}

func (s *sorter) merge(fn func(key, value []byte) error) error {
	var runs sorterRuns
	for i, end := range s.ends {
		run := &sorterRun{number: i, r: bufio.NewReaderSize(io.NewSectionReader(s.file, s.begin(i), end-s.begin(i)), runBuffer)}
		if err := run.next(); err != nil {
			return fmt.Errorf("read sorted run: %w", err)
		}
		runs = append(runs, run)
	}
	heap.Init(&runs)
	for len(runs) > 0 {
		if err := fn(runs[0].key(), runs[0].value()); err != nil {
			return err
		}
		switch err := runs[0].next(); {
		case errors.Is(err, io.EOF):
			heap.Pop(&runs)
		case err != nil:
			return fmt.Errorf("read sorted run: %w", err)
		default:
			heap.Fix(&runs, 0)
		}
	}
	return nil
}

// close gives up the temporary file.
func (s *sorter) close() {
	if s.file != nil {
		s.file.Close()           //nolint:errcheck // nothing of it is needed any more
		os.Remove(s.file.Name()) //nolint:errcheck // gone already, where the system allows
	}
	s.file, s.data, s.records, s.ends = nil, nil, nil, nil
}

// sorterRun is a sorted run on disk, at one of its records.
type sorterRun struct {
	number int
	r      *bufio.Reader
	keyLen int
	record []byte
}

func (r *sorterRun) key() []byte   { return r.record[:r.keyLen] }
func (r *sorterRun) value() []byte { return r.record[r.keyLen:] }

// next goes to the next record; io.EOF if there is none.
func (r *sorterRun) next() error {
	key, err := binary.ReadUvarint(r.r)
	if err != nil {
		return err
	}
	value, err := binary.ReadUvarint(r.r)
	if err != nil {
		return err
	}
	r.keyLen = int(key)
	r.record = slices.Grow(r.record[:0], int(key+value))[:key+value]
	_, err = io.ReadFull(r.r, r.record)
	return err
}

// sorterRuns is a heap of runs by the records that they are at.
type sorterRuns []*sorterRun

func (h sorterRuns) Len() int      { return len(h) }
func (h sorterRuns) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h sorterRuns) Less(i, j int) bool {
	if c := bytes.Compare(h[i].key(), h[j].key()); c != 0 {
		return c < 0
	}
	return h[i].number < h[j].number
}
func (h *sorterRuns) Push(run any) { *h = append(*h, run.(*sorterRun)) }
func (h *sorterRuns) Pop() any {
	last := len(*h) - 1
	run := (*h)[last]
	*h = (*h)[:last]
	return run
}
