package embedded

import (
	"log/slog"
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
	defer s.logWrite(a, r)
	defer a.finish()
	defer s.recover(a, r)
	err := s.admit(x, r)
	if err == nil {
		err = x.open(r)
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
func (s *Server) admit(x *exchange, r *http.Request) error {
	if s.closed.Load() {
		return fail(http.StatusServiceUnavailable, "ServiceUnavailable", "The server is stopping.")
	}
	if err := checkLimits(r); err != nil {
		return err
	}
	keys, err := s.authenticate(r)
	if err != nil {
		return err
	}
	x.keys = keys
	if err := keys.authorize(r); err != nil {
		return err
	}
	return checkSupported(r)
}

// logWrite writes a line for each request of known keys that writes or tries
// to. The console's own, and parts, are for whoever looks closely.
func (s *Server) logWrite(a *answer, r *http.Request) {
	keys := a.exchange.keys
	if keys.name == "" || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return
	}
	level := slog.LevelInfo
	if keys.access == writesAll || r.URL.Query().Has("partNumber") {
		level = slog.LevelDebug
	}
	bucketName, key := bucketAndKey(r)
	s.log.Log(r.Context(), level, "embedded S3 server: request that writes",
		"keys", keys.name, "method", r.Method, "bucket", bucketName, "object", key, "status", a.status, "address", r.RemoteAddr)
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
