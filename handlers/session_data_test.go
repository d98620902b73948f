package handlers

import (
	"reflect"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// What is put into a session comes out of it, also if it was stored by a
// version that had the codec of scs.
func TestSessionData(t *testing.T) {
	t.Parallel()
	deadline := time.Date(2026, 11, 25, 21, 0, 0, 123456000, time.UTC)
	for name, values := range map[string]map[string]any{
		"visitor":   {},
		"signed in": {sessionUser: int64(7), sessionEpoch: int64(2)},
		"flash":     {sessionUser: int64(7), sessionEpoch: int64(2), sessionFlashes: []byte(`[{"Title":"Saved."}]`)},
		"draft":     {sessionUser: int64(7), sessionEpoch: int64(2), sessionDraft: "name=<b>&name=ü", sessionDraftPage: "/usage-reports/create"},
	} {
		for _, codec := range []scs.Codec{sessionCodec{}, scs.GobCodec{}} {
			stored, err := codec.Encode(deadline, values)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			until, got, err := sessionCodec{}.Decode(stored)
			if err != nil || !until.Equal(deadline) || !reflect.DeepEqual(got, values) {
				t.Errorf("%s by %T: %v %v %v, want %v", name, codec, until, got, err, values)
			}
		}
	}
	for _, values := range []map[string]any{{"unknown": "x"}, {sessionUser: "7"}} {
		if _, err := (sessionCodec{}).Encode(deadline, values); err == nil {
			t.Errorf("%v was stored", values)
		}
	}
	if _, _, err := (sessionCodec{}).Decode([]byte("{")); err == nil {
		t.Error("what is no session was read")
	}
}
