package web

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
)

func TestAnAnswerThatBreaksOffIsCut(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	e, ok := s.Handler.(*echo.Echo)
	if !ok {
		t.Fatalf("the site is a %T", s.Handler)
	}
	e.GET("/broken", func(c echo.Context) error {
		if err := c.String(http.StatusOK, "the first half"); err != nil {
			return err
		}
		return errors.New("the second half can't be read")
	})
	server := httptest.NewServer(s)
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/broken")
	if err == nil {
		defer response.Body.Close()
		_, err = io.ReadAll(response.Body)
	}
	if err == nil {
		t.Error("half a file looks whole")
	}
}
