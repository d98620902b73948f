package embedded

import (
	"cmp"
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rclone/gofakes3"
)

// maxList is the most uploads or parts in one answer.
const maxList = 1000

// uploadList is the answer to ListMultipartUploads.
type uploadList struct {
	XMLName            xml.Name `xml:"ListMultipartUploadsResult"`
	Xmlns              string   `xml:"xmlns,attr"`
	Bucket             string
	KeyMarker          string
	UploadIDMarker     string `xml:"UploadIdMarker"`
	NextKeyMarker      string `xml:",omitempty"`
	NextUploadIDMarker string `xml:"NextUploadIdMarker,omitempty"`
	Prefix             string
	Delimiter          string `xml:",omitempty"`
	EncodingType       string `xml:",omitempty"`
	MaxUploads         int
	IsTruncated        bool
	Uploads            []uploadItem `xml:"Upload"`
	CommonPrefixes     []commonPrefix
}

type uploadItem struct {
	Key               string
	UploadID          string `xml:"UploadId"`
	StorageClass      string
	Initiated         string
	ChecksumAlgorithm string `xml:",omitempty"`
	ChecksumType      string `xml:",omitempty"`
}

type commonPrefix struct{ Prefix string }

// listUploads lists uploads by key and then by age, from behind the markers.
func listUploads(bucketName string, all []*upload, query url.Values) (*uploadList, error) {
	limit, err := parseLimit(query.Get("max-uploads"))
	if err != nil {
		return nil, err
	}
	list := &uploadList{
		Xmlns: namespace, Bucket: bucketName, MaxUploads: limit,
		KeyMarker: query.Get("key-marker"), UploadIDMarker: query.Get("upload-id-marker"),
		Prefix: query.Get("prefix"), Delimiter: query.Get("delimiter"), EncodingType: query.Get("encoding-type"),
	}
	slices.SortFunc(all, func(x, y *upload) int {
		return cmp.Or(strings.Compare(x.key, y.key), x.initiated.Compare(y.initiated), strings.Compare(x.id, y.id))
	})
	group := listing{prefix: list.Prefix, delimiter: list.Delimiter}
	for _, u := range list.behindMarkers(all) {
		prefix, grouped := group.group(u.key)
		switch {
		case !strings.HasPrefix(u.key, list.Prefix):
			continue
		case grouped && (prefix == list.KeyMarker || list.endsWith(prefix)):
			continue
		case len(list.Uploads)+len(list.CommonPrefixes) == limit:
			list.IsTruncated = true
		case grouped:
			list.CommonPrefixes = append(list.CommonPrefixes, commonPrefix{prefix})
			list.NextKeyMarker, list.NextUploadIDMarker = prefix, ""
		default:
			list.Uploads = append(list.Uploads, u.item())
			list.NextKeyMarker, list.NextUploadIDMarker = u.key, u.id
		}
	}
	list.finish()
	return list, nil
}

// behindMarkers drops what earlier pages have shown.
func (l *uploadList) behindMarkers(all []*upload) []*upload {
	for i, u := range all {
		if u.key == l.KeyMarker && u.id == l.UploadIDMarker {
			return all[i+1:]
		}
	}
	i := slices.IndexFunc(all, func(u *upload) bool { return u.key > l.KeyMarker })
	if i < 0 {
		return nil
	}
	return all[i:]
}

func (l *uploadList) endsWith(prefix string) bool {
	n := len(l.CommonPrefixes)
	return n > 0 && l.CommonPrefixes[n-1].Prefix == prefix
}

// finish removes the markers from the last page and encodes the keys where the
// client asks for it.
func (l *uploadList) finish() {
	if !l.IsTruncated {
		l.NextKeyMarker, l.NextUploadIDMarker = "", ""
	}
	if l.EncodingType != "url" {
		return
	}
	for _, s := range []*string{&l.KeyMarker, &l.NextKeyMarker, &l.Prefix, &l.Delimiter} {
		*s = gofakes3.URLEncode(*s)
	}
	for i := range l.Uploads {
		l.Uploads[i].Key = gofakes3.URLEncode(l.Uploads[i].Key)
	}
	for i := range l.CommonPrefixes {
		l.CommonPrefixes[i].Prefix = gofakes3.URLEncode(l.CommonPrefixes[i].Prefix)
	}
}

func (u *upload) item() uploadItem {
	return uploadItem{
		Key: u.key, UploadID: u.id, StorageClass: "STANDARD", Initiated: formatTime(u.initiated),
		ChecksumAlgorithm: strings.ToUpper(u.algorithm), ChecksumType: u.kind,
	}
}

// partList is the answer to ListParts.
type partList struct {
	XMLName              xml.Name `xml:"ListPartsResult"`
	Xmlns                string   `xml:"xmlns,attr"`
	Bucket               string
	Key                  string
	UploadID             string `xml:"UploadId"`
	StorageClass         string
	PartNumberMarker     int
	NextPartNumberMarker int
	MaxParts             int
	IsTruncated          bool
	ChecksumAlgorithm    string     `xml:",omitempty"`
	ChecksumType         string     `xml:",omitempty"`
	Parts                []partItem `xml:"Part"`
}

type partItem struct {
	PartNumber   int
	LastModified string
	ETag         string
	Size         int64
	Checksum     *checksumElement
}

// listParts lists the parts of an upload by number, from behind the marker.
func (s *uploads) listParts(bucketName, key string, query url.Values) (*partList, error) {
	u, err := s.find(bucketName, key, query.Get("uploadId"))
	if err != nil {
		return nil, err
	}
	limit, err := parseLimit(query.Get("max-parts"))
	if err != nil {
		return nil, err
	}
	marker := 0
	if text := query.Get("part-number-marker"); text != "" {
		if marker, err = strconv.Atoi(text); err != nil || marker < 0 {
			return nil, fail(http.StatusBadRequest, gofakes3.ErrInvalidArgument, "part-number-marker must be a number.")
		}
	}
	list := &partList{
		Xmlns: namespace, Bucket: bucketName, Key: key, UploadID: u.id, StorageClass: "STANDARD",
		PartNumberMarker: marker, MaxParts: limit,
		ChecksumAlgorithm: strings.ToUpper(u.algorithm), ChecksumType: u.kind,
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for number := marker + 1; number <= gofakes3.MaxUploadPartNumber; number++ {
		p, ok := u.parts[number]
		if !ok {
			continue
		}
		if list.IsTruncated = len(list.Parts) == limit; list.IsTruncated {
			break
		}
		list.Parts = append(list.Parts, p.item(number))
		list.NextPartNumberMarker = number
	}
	return list, nil
}

func (p part) item(number int) partItem {
	return partItem{PartNumber: number, LastModified: formatTime(p.modified), ETag: `"` + p.etag() + `"`, Size: p.size, Checksum: p.sum.element()}
}

// parseLimit reads how many items a client wants at most.
func parseLimit(text string) (int, error) {
	if text == "" {
		return maxList, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fail(http.StatusBadRequest, gofakes3.ErrInvalidArgument, "The number of items asked for must be a positive number.")
	}
	return min(n, maxList), nil
}

func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
