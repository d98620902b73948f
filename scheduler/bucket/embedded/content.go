package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync"
)

// The content of an object is summed block by block with CRC-32C when it is
// written, and compared when it is read: no byte of a block leaves before the
// whole block is known to be what was written.
const (
	contentBlock = 256 << 10
	sumSize      = 4
)

// sums are the CRC-32C of the blocks of a content, 4 bytes each.
type sums []byte

//nolint:gochecknoglobals // a table that nothing changes
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// summer makes the sums of what is written to it.
type summer struct {
	done sums
	sum  uint32
	fill int // bytes of the current block
}

func (s *summer) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		part := p[:min(len(p), contentBlock-s.fill)]
		s.sum = crc32.Update(s.sum, castagnoli, part)
		s.fill += len(part)
		p = p[len(part):]
		if s.fill == contentBlock {
			s.done, s.sum, s.fill = binary.BigEndian.AppendUint32(s.done, s.sum), 0, 0
		}
	}
	return n, nil
}

// all returns the sums of all that was written.
func (s *summer) all() sums {
	if s.fill == 0 {
		return s.done
	}
	return binary.BigEndian.AppendUint32(s.done, s.sum)
}

// blocks lends the memory for one block to each content that is being read.
//
//nolint:gochecknoglobals // memory without a state
var blocks = sync.Pool{New: func() any { return new([contentBlock]byte) }}

// content reads the bytes from at to end of a file whose content is size long,
// and fails with errDamaged at a block that is not what was written.
type content struct {
	file    *os.File
	size    int64
	sums    sums
	at, end int64
	block   *[contentBlock]byte
	rest    []byte      // verified, not yet read
	damaged func(error) // is told of damage; may be nil
}

func newContent(f *os.File, size int64, s sums) *content {
	return &content{file: f, size: size, sums: s, end: size}
}

// next reads and verifies the block that has the next byte.
func (c *content) next() error {
	if c.at >= c.end {
		return io.EOF
	}
	if c.block == nil {
		c.block = blocks.Get().(*[contentBlock]byte)
	}
	number := c.at / contentBlock
	start := number * contentBlock
	block := c.block[:min(contentBlock, c.size-start)]
	_, err := c.file.ReadAt(block, start)
	if errors.Is(err, io.EOF) || err == nil && crc32.Checksum(block, castagnoli) != binary.BigEndian.Uint32(c.sums[number*sumSize:]) {
		err = fmt.Errorf("%w: %s: the content of bytes %d to %d has changed", errDamaged, c.file.Name(), start, start+int64(len(block))-1)
	}
	if err != nil {
		if c.damaged != nil {
			c.damaged(err)
		}
		return err
	}
	c.rest = block[c.at-start : min(int64(len(block)), c.end-start)]
	c.at += int64(len(c.rest))
	return nil
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// sendTo writes all that is left. It is not called WriteTo, which io.Copy would
// prefer to the ReadFrom of an answer.
func (c *content) sendTo(w io.Writer) (written int64, err error) {
	for {
		if len(c.rest) == 0 {
			if err := c.next(); err != nil {
				if errors.Is(err, io.EOF) {
					err = nil
				}
				return written, err
			}
		}
		n, err := w.Write(c.rest)
		written += int64(n)
		if err != nil {
			return written, err
		}
		c.rest = nil
	}
}

// verify reads all that is asked for, and goes back to its start.
func (c *content) verify() error {
	start := c.at
	_, err := c.sendTo(io.Discard)
	c.at = start
	return err
}

// Close closes the file.
func (c *content) Close() error {
	if c.block != nil {
		blocks.Put(c.block)
		c.block, c.rest, c.at = nil, nil, c.end
	}
	return c.file.Close()
}
