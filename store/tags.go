package store

import (
	"context"

	"gorm.io/gorm"

	"license-manager/store/db"
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

// tagText is a tag as people write it: a text is looked for in its key, in its
// value, and across both.
const tagText = "(key || ':' || value)"

// tagsLike is a query for the owners of tags that are like a pattern. It is
// read once for a list, where EXISTS would be for every row.
func (s *Store) tagsLike() string { return "SELECT owner_id FROM tags WHERE " + s.like(tagText) }

// TagsOf returns the tags of licenses or reports in their order, by the owner's
// id.
func (s *Store) TagsOf(ctx context.Context, owners []string) (map[string][]usage.Tag, error) {
	tags := make(map[string][]usage.Tag, len(owners))
	if len(owners) == 0 {
		return tags, nil
	}
	var found []struct {
		OwnerID string
		usage.Tag
	}
	err := s.db.Query(ctx).Raw("SELECT owner_id, key, value FROM tags WHERE owner_id IN ? ORDER BY owner_id, position", owners).Scan(&found).Error
	for _, f := range found {
		tags[f.OwnerID] = append(tags[f.OwnerID], f.Tag)
	}
	return tags, db.Translate(err)
}

// TagsWith returns the first tag of each license or report that has a text in
// it, as lists find it, by the owner's id.
func (s *Store) TagsWith(ctx context.Context, text string, owners []string) (map[string]usage.Tag, error) {
	found := make(map[string]usage.Tag, len(owners))
	if len(owners) == 0 {
		return found, nil
	}
	var rows []struct {
		OwnerID string
		usage.Tag
	}
	query := "SELECT owner_id, key, value FROM tags WHERE owner_id IN ? AND " + s.like(tagText) + " ORDER BY owner_id, position DESC"
	err := s.db.Query(ctx).Raw(query, owners, likePattern(normalize(text))).Scan(&rows).Error
	for _, row := range rows {
		found[row.OwnerID] = row.Tag
	}
	return found, db.Translate(err)
}

// normalizeTags returns tags in NFC.
func normalizeTags(tags []usage.Tag) []usage.Tag {
	out := make([]usage.Tag, len(tags))
	for i, tag := range tags {
		out[i] = usage.Tag{Key: normalize(tag.Key), Value: normalize(tag.Value)}
	}
	return out
}
