package store

import "encoding/binary"

// appendCells appends the cells of a row in the form in which a sorter keeps
// them.
func appendCells(dst []byte, cells []string) []byte {
	for _, cell := range cells {
		dst = binary.AppendUvarint(dst, uint64(len(cell)))
		dst = append(dst, cell...)
	}
	return dst
}

// appendedCells appends to cells those that appendCells made a record of.
func appendedCells(cells []string, record []byte) []string {
	text := string(record)
	for len(record) > 0 {
		size, n := binary.Uvarint(record)
		begin := len(text) - len(record) + n
		cells = append(cells, text[begin:begin+int(size)])
		record = record[n+int(size):]
	}
	return cells
}

// lineKey returns a key that sorts by line.
func lineKey(line int) string {
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], uint64(line))
	return string(key[:])
}
