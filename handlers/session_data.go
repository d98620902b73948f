package handlers

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"
)

// sessionLifetime is absolute: a session ends so long after its sign-in,
// whether it was used or not, and reading it writes nothing.
const sessionLifetime = 12 * time.Hour

// Keys of the values in a session.
const (
	sessionUser      = "user"       // int64, id
	sessionEpoch     = "epoch"      // int64, of the user at sign-in
	sessionFlashes   = "flashes"    // JSON of []views.Flash
	sessionDraft     = "draft"      // string, the encoded fields
	sessionDraftPage = "draft-page" // string, the path of the form's page
)

// sessionData is what is stored of a session.
type sessionData struct {
	Deadline  time.Time `json:"deadline"`
	User      int64     `json:"user,omitempty"`
	Epoch     int64     `json:"epoch,omitempty"`
	Flashes   []byte    `json:"flashes,omitempty"`
	Draft     string    `json:"draft,omitempty"`
	DraftPage string    `json:"draftPage,omitempty"`
}

// sessionCodec stores sessions as JSON. The codec of scs, gob, describes the
// types anew in each session, and reading that takes longer than the query for it.
type sessionCodec struct{}

// Encode implements scs.Codec.
func (sessionCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	data := sessionData{Deadline: deadline}
	for key, value := range values {
		var known bool
		switch key {
		case sessionUser:
			data.User, known = value.(int64)
		case sessionEpoch:
			data.Epoch, known = value.(int64)
		case sessionFlashes:
			data.Flashes, known = value.([]byte)
		case sessionDraft:
			data.Draft, known = value.(string)
		case sessionDraftPage:
			data.DraftPage, known = value.(string)
		}
		if !known {
			return nil, fmt.Errorf("session: %T is no value of %q", value, key)
		}
	}
	return json.Marshal(data)
}

// Decode implements scs.Codec.
func (sessionCodec) Decode(stored []byte) (time.Time, map[string]any, error) {
	var data sessionData
	if err := json.Unmarshal(stored, &data); err != nil {
		return scs.GobCodec{}.Decode(stored) // of a session that began before there was this codec
	}
	values := make(map[string]any, 2)
	if data.User != 0 {
		values[sessionUser], values[sessionEpoch] = data.User, data.Epoch
	}
	if data.Flashes != nil {
		values[sessionFlashes] = data.Flashes
	}
	if data.DraftPage != "" {
		values[sessionDraft], values[sessionDraftPage] = data.Draft, data.DraftPage
	}
	return data.Deadline, values, nil
}
