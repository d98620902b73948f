package usage

import "slices"

// Has reports whether the file has that one of ImportColumns.
func (in *ImportReader) Has(column string) bool {
	i := slices.Index(ImportColumns(), column)
	return i >= 0 && in.index[i] >= 0
}

// Merge returns what is known of a resource once row was read. An empty cell
// means that the attribute is not known; a column that the file doesn't have
// leaves what is stored.
func (in *ImportReader) Merge(stored Resource, row ImportRow) Resource {
	r := row.Resource
	r.CreatedAt, r.UpdatedAt = stored.CreatedAt, stored.UpdatedAt
	keepAbsent(in, 2, &r.ARN, stored.ARN)
	keepAbsent(in, 3, &r.Status, stored.Status)
	keepAbsent(in, 5, &r.Region, stored.Region)
	keepAbsent(in, 6, &r.Platform, stored.Platform)
	keepAbsent(in, 7, &r.InstanceType, stored.InstanceType)
	keepAbsent(in, 8, &r.Tenancy, stored.Tenancy)
	keepAbsent(in, 9, &r.VCPUs, stored.VCPUs)
	keepAbsent(in, 10, &r.Cores, stored.Cores)
	keepAbsent(in, 11, &r.Sockets, stored.Sockets)
	keepAbsent(in, 12, &r.ThreadsPerCore, stored.ThreadsPerCore)
	return r
}

// keepAbsent puts back what is stored if the file lacks that one of
// ImportColumns.
func keepAbsent[T any](in *ImportReader, column int, value *T, stored T) {
	if in.index[column] < 0 {
		*value = stored
	}
}
