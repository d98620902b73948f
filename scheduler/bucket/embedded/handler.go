package embedded

import (
	"net/http"

	"github.com/rclone/gofakes3"
)

// Handler returns the S3 protocol, path style. It must be the handler of its
// http.Server: a ServeMux would clean the paths, which are keys.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// serve checks a request and its signature, puts the verification in front of
// its body, and passes it on.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	x := &exchange{}
	a := &answer{ResponseWriter: w, exchange: x, region: s.region, headOnly: r.Method == http.MethodHead}
	defer a.finish()
	defer s.recover(a, r)
	err := s.admit(r)
	if err == nil {
		err = x.open(r, s.keys.secretAccessKey)
	}
	if err != nil {
		a.refuse(r, err)
		return
	}
	r = x.request(r)
	if !s.serveOwn(a, r) {
		s.s3.ServeHTTP(a, r)
	}
}

// admit refuses what is not worth reading.
func (s *Server) admit(r *http.Request) error {
	if s.closed.Load() {
		return fail(http.StatusServiceUnavailable, "ServiceUnavailable", "The server is stopping.")
	}
	if err := checkLimits(r); err != nil {
		return err
	}
	if err := s.authenticate(r); err != nil {
		return err
	}
	return checkSupported(r)
}

// recover answers a panic, as a defect in parsing some request must not be
// more than an error to that client.
func (s *Server) recover(a *answer, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	s.log.Error("embedded S3 server: panic", "method", r.Method, "path", r.URL.Path, "panic", v)
	if !a.sent {
		a.refuse(r, fail(http.StatusInternalServerError, gofakes3.ErrInternal, "Internal Error"))
	}
}
