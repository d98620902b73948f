package store

import (
	"context"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

// The tables of tags: each is written with what the tags belong to.
const (
	reportTags  = "report_tags"
	licenseTags = "license_tags"
)

// replaceTags makes tags the tags of a license or report, in their order.
func replaceTags(tx *gorm.DB, table, ownerID string, tags []usage.Tag) error {
	if err := tx.Exec("DELETE FROM "+table+" WHERE owner_id = ?", ownerID).Error; err != nil {
		return err
	}
	for i, tag := range tags {
		insert := "INSERT INTO " + table + " (owner_id, key, value, position) VALUES (?, ?, ?, ?)"
		if err := tx.Exec(insert, ownerID, tag.Key, tag.Value, i).Error; err != nil {
			return err
		}
	}
	return nil
}

// tagsOf returns the tags of a license or report in their order.
func tagsOf(tx *gorm.DB, table, ownerID string) ([]usage.Tag, error) {
	var tags []usage.Tag
	err := tx.Raw("SELECT key, value FROM "+table+" WHERE owner_id = ? ORDER BY position", ownerID).Scan(&tags).Error
	return tags, err
}

// tagText is a tag as people write it: a text is looked for in its key, in its
// value, and across both.
const tagText = "(key || ':' || value)"

// tagsLike is a query for the owners of tags that are like a pattern. It is
// read once for a list, where EXISTS would be for every row.
func (s *Store) tagsLike(table string) string {
	return "SELECT owner_id FROM " + table + " WHERE " + s.like(tagText)
}

// allTags are the tags of owners of either kind, which it takes twice.
const allTags = "(SELECT * FROM " + reportTags + " WHERE owner_id IN ? UNION ALL SELECT * FROM " + licenseTags + " WHERE owner_id IN ?)"

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
	err := s.query(ctx).Raw("SELECT owner_id, key, value FROM "+allTags+" tags ORDER BY owner_id, position", owners, owners).Scan(&found).Error
	for _, f := range found {
		tags[f.OwnerID] = append(tags[f.OwnerID], f.Tag)
	}
	return tags, translate(err)
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
	query := "SELECT owner_id, key, value FROM " + allTags + " tags WHERE " + s.like(tagText) + " ORDER BY owner_id, position DESC"
	err := s.query(ctx).Raw(query, owners, owners, likePattern(normalize(text))).Scan(&rows).Error
	for _, row := range rows {
		found[row.OwnerID] = row.Tag
	}
	return found, translate(err)
}

// normalizeTags returns tags in NFC.
func normalizeTags(tags []usage.Tag) []usage.Tag {
	out := make([]usage.Tag, len(tags))
	for i, tag := range tags {
		out[i] = usage.Tag{Key: normalize(tag.Key), Value: normalize(tag.Value)}
	}
	return out
}
