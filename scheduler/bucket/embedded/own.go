package embedded

import (
	"encoding/xml"
	"net/http"

	"github.com/rclone/gofakes3"
)

// serveOwn answers what gofakes3 does not answer as S3 does. It returns false
// for all other requests.
func (s *Server) serveOwn(a *answer, r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	bucketName, key := bucketAndKey(r)
	query := r.URL.Query()
	var v any
	var err error
	switch {
	case bucketName == "":
		return false
	case key == "" && query.Has("location"):
		v = newLocation(s.region)
	case key == "" && query.Has("policyStatus"):
		err = fail(http.StatusNotFound, gofakes3.ErrNoSuchBucketPolicy, "The bucket policy does not exist")
	case key == "" && query.Has("uploads"):
		v, err = listUploads(bucketName, s.backend.uploads.of(bucketName), query)
	case key != "" && query.Has("uploadId"):
		v, err = s.backend.uploads.listParts(bucketName, key, query)
	default:
		return false
	}
	if _, missing := s.backend.bucket(bucketName); missing != nil {
		err = missing
	}
	if err != nil {
		a.refuse(r, err)
		return true
	}
	a.WriteHeader(http.StatusOK)
	a.setDocument(v)
	return true
}

// location is the answer to GetBucketLocation.
type location struct {
	XMLName xml.Name `xml:"LocationConstraint"`
	Xmlns   string   `xml:"xmlns,attr"`
	Region  string   `xml:",chardata"`
}

// newLocation names a region as S3 does: the first one has no name.
func newLocation(region string) location {
	if region == "us-east-1" {
		region = ""
	}
	return location{Xmlns: namespace, Region: region}
}
