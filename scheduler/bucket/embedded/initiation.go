package embedded

import (
	"net/http"
	"strings"
)

// initiation is what CreateMultipartUpload says about the checksum.
type initiation struct {
	algorithm string // lower case; "" for none
	kind      string // fullObject or composite
}

func isInitiate(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Query().Has("uploads")
}

// readInitiation reads the checksum that the object shall get.
func readInitiation(r *http.Request) (*initiation, error) {
	i := &initiation{
		algorithm: strings.ToLower(r.Header.Get("X-Amz-Checksum-Algorithm")),
		kind:      r.Header.Get("X-Amz-Checksum-Type"),
	}
	isCRC := strings.HasPrefix(i.algorithm, "crc")
	switch {
	case i.algorithm == "" && i.kind != "":
		return nil, invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
	case i.algorithm == "":
		return i, nil
	case newHash(i.algorithm) == nil:
		return nil, invalidRequest("The checksum algorithm %s is not supported.", strings.ToUpper(i.algorithm))
	case i.kind == "" && i.algorithm == "crc64nvme":
		i.kind = fullObject
	case i.kind == "":
		i.kind = composite
	}
	if i.kind != composite && i.kind != fullObject || i.kind == fullObject && !isCRC || i.kind == composite && i.algorithm == "crc64nvme" {
		return nil, invalidRequest("The %s checksum type cannot be used with the %s checksum algorithm.", i.kind, i.algorithm)
	}
	return i, nil
}
