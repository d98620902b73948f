package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"reflect"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// fewRows are inserted as GORM does, a parameter for each value.
const fewRows = 20

// createMany inserts rows of one table. PostgreSQL takes many of them as one
// parameter, of JSON: planning a statement with thousands of parameters takes
// it longer than the insert.
func createMany[T any](tx *gorm.DB, rows []T) error {
	if tx.Name() != string(postgresDialect) || len(rows) <= fewRows {
		return tx.Create(&rows).Error
	}
	statement := &gorm.Statement{DB: tx}
	if err := statement.Parse(&rows); err != nil {
		return err
	}
	objects := make([]map[string]any, len(rows))
	for i := range rows {
		var err error
		if objects[i], err = columnsOf(tx.Statement.Context, statement.Schema, reflect.ValueOf(&rows[i]).Elem()); err != nil {
			return err
		}
	}
	text, err := json.Marshal(objects)
	if err != nil {
		return err
	}
	table, columns := statement.Quote(statement.Table), make([]string, len(statement.Schema.DBNames))
	for i, name := range statement.Schema.DBNames {
		columns[i] = statement.Quote(name)
	}
	list := strings.Join(columns, ", ")
	insert := "INSERT INTO " + table + " (" + list + ") SELECT " + list + " FROM json_populate_recordset(NULL::" + table + ", ?::json)"
	return tx.Exec(insert, string(text)).Error
}

// columnsOf returns the values of a row as they are stored.
func columnsOf(ctx context.Context, s *schema.Schema, row reflect.Value) (map[string]any, error) {
	values := make(map[string]any, len(s.DBNames))
	for _, name := range s.DBNames {
		value, _ := s.FieldsByDBName[name].ValueOf(ctx, row)
		if v, ok := value.(driver.Valuer); ok {
			var err error
			if value, err = v.Value(); err != nil {
				return nil, err
			}
		}
		values[name] = value
	}
	return values, nil
}
