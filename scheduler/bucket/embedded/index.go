package embedded

import (
	"slices"
	"strings"
	"sync"
)

// blockSize is how many entries a block of the index holds at most: an insert
// moves no more than this many.
const blockSize = 256

// entry is what a listing shows of an object.
type entry struct {
	key      string
	size     int64
	modified int64 // milliseconds since 1970, UTC
	md5      [16]byte
}

// index holds the keys of a bucket in order, as a list of sorted blocks. Only
// listings need it: objects are found by the hash of their key.
type index struct {
	mu     sync.RWMutex
	blocks [][]entry // none is empty
}

// put adds an entry, or replaces the one with the same key.
func (x *index) put(e entry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.blocks) == 0 {
		x.blocks = [][]entry{{e}}
		return
	}
	b, i, found := x.find(e.key)
	block := x.blocks[b]
	if found {
		block[i] = e
		return
	}
	block = slices.Insert(block, i, e)
	x.blocks[b] = block
	if len(block) > blockSize {
		half := len(block) / 2
		x.blocks[b] = slices.Clone(block[:half])
		x.blocks = slices.Insert(x.blocks, b+1, slices.Clone(block[half:]))
	}
}

// remove drops the entry of a key, if there is one.
func (x *index) remove(key string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.blocks) == 0 {
		return
	}
	b, i, found := x.find(key)
	if !found {
		return
	}
	x.blocks[b] = slices.Delete(x.blocks[b], i, i+1)
	if len(x.blocks[b]) == 0 {
		x.blocks = slices.Delete(x.blocks, b, b+1)
	}
}

// has says whether a key is in the index.
func (x *index) has(key string) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if len(x.blocks) == 0 {
		return false
	}
	_, _, found := x.find(key)
	return found
}

// find returns where a key is or would be inserted. There is at least one
// block.
func (x *index) find(key string) (block, i int, found bool) {
	block, found = slices.BinarySearchFunc(x.blocks, key, func(b []entry, key string) int {
		return strings.Compare(b[0].key, key)
	})
	if !found && block > 0 {
		block--
	}
	i, found = slices.BinarySearchFunc(x.blocks[block], key, func(e entry, key string) int {
		return strings.Compare(e.key, key)
	})
	return block, i, found
}
