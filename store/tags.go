package store

import (
	"gorm.io/gorm"

	"license-manager/store/usage"
)

// replaceTags makes tags the tags of a license or report, in their order.
func replaceTags(tx *gorm.DB, ownerID string, tags []usage.Tag) error {
	if err := tx.Exec("DELETE FROM tags WHERE owner_id = ?", ownerID).Error; err != nil {
		return err
	}
	for i, tag := range tags {
		insert := "INSERT INTO tags (owner_id, key, value, position) VALUES (?, ?, ?, ?)"
		if err := tx.Exec(insert, ownerID, tag.Key, tag.Value, i).Error; err != nil {
			return err
		}
	}
	return nil
}

// tagsOf returns the tags of a license or report in their order.
func tagsOf(tx *gorm.DB, ownerID string) ([]usage.Tag, error) {
	var tags []usage.Tag
	err := tx.Raw("SELECT key, value FROM tags WHERE owner_id = ? ORDER BY position", ownerID).Scan(&tags).Error
	return tags, err
}

// normalizeTags returns tags in NFC.
func normalizeTags(tags []usage.Tag) []usage.Tag {
	out := make([]usage.Tag, len(tags))
	for i, tag := range tags {
		out[i] = usage.Tag{Key: normalize(tag.Key), Value: normalize(tag.Value)}
	}
	return out
}
