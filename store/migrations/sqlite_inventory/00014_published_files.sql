-- +goose Up

-- A file is stored once it is published: until then its key follows from its run.
DELETE FROM files WHERE published_at IS NULL;

-- +goose Down

INSERT INTO files (run_id, type, report_id, key)
SELECT n.id, t.type, n.report_id, 'Reports/' || n.report_name || '/' || strftime('%Y/%m/%d/%Y%m%dT%H%M%SZ-', n.scheduled_for) || t.type || '-' || n.id || '.csv'
FROM runs n JOIN (SELECT 'summary' AS type, 1 AS bit UNION ALL SELECT 'resource-usage', 2) t ON n.types & t.bit <> 0
WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.run_id = n.id AND f.type = t.type);
