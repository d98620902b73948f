package store

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"license-manager/store/db"
)

// ListPreferences are how a user wants a list to look.
type ListPreferences struct {
	UserID   int64  `gorm:"primaryKey"`
	List     string `gorm:"primaryKey"` // its path, without the slash: usage-reports
	Columns  string // keys of those that are shown, joined by ","; empty for the usual ones
	PageSize int    // rows of a page; 0 for the usual number
	Compact  bool   // less space between the rows
	OneLine  bool   // cells don't wrap
}

// ListPreferences returns what the user chose for a list, the zero value of
// each where that is nothing.
func (s *Store) ListPreferences(ctx context.Context, userID int64, list string) (ListPreferences, error) {
	out := ListPreferences{UserID: userID, List: list}
	err := s.queryRow(ctx, []any{&out.Columns, &out.PageSize, &out.Compact, &out.OneLine},
		"SELECT columns, page_size, compact, one_line FROM list_preferences WHERE user_id = ? AND list = ?", userID, list)
	if errors.Is(err, sql.ErrNoRows) {
		return out, nil
	}
	return out, db.Translate(err)
}

// SetListPreferences keeps them.
func (s *Store) SetListPreferences(ctx context.Context, p ListPreferences) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error { return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&p).Error })
}
