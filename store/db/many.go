package db

import (
	"context"
	"database/sql/driver"
	"fmt"
	"reflect"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"
)

// Many rows are written as each database takes them fastest. SQLite takes them
// by the hundred, with statements that stay prepared since they are always the
// same; PostgreSQL all at once, with a parameter for each column, since to plan a
// statement with thousands of parameters takes it longer than to carry it out
// (make bench BENCH="-only due").

// CreateMany inserts rows of one table.
func CreateMany[T any](tx *gorm.DB, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	statement := &gorm.Statement{DB: tx}
	if err := statement.Parse(&rows); err != nil {
		return err
	}
	values := make([][]any, len(rows))
	for i := range rows {
		var err error
		if values[i], err = valuesOf(tx.Statement.Context, statement.Schema, reflect.ValueOf(&rows[i]).Elem()); err != nil {
			return err
		}
	}
	columns, kinds := make([]string, len(statement.Schema.DBNames)), make([]string, len(statement.Schema.DBNames))
	for i, name := range statement.Schema.DBNames {
		columns[i], kinds[i] = statement.Quote(name), postgresKind(statement.Schema.FieldsByDBName[name].DataType)
	}
	into := statement.Quote(statement.Table) + " (" + strings.Join(columns, ", ") + ")"
	return InsertMany(tx, into, kinds, "", values)
}

// InsertMany inserts rows of values: into names the table and its columns, kinds are
// the types of the columns in PostgreSQL, and conflict is what follows the rows.
func InsertMany(tx *gorm.DB, into string, kinds []string, conflict string, values [][]any) error {
	if len(values) == 0 {
		return nil
	}
	if IsPostgres(tx) {
		return execColumns(tx, "INSERT INTO "+into+" SELECT * FROM "+unnest(kinds)+conflict, values)
	}
	return execRows(tx, func(rows string) string { return "INSERT INTO " + into + " VALUES " + rows + conflict }, values)
}

// postgresKind is the type of PostgreSQL for one of GORM.
func postgresKind(t schema.DataType) string {
	switch t {
	case schema.String:
		return "text"
	case schema.Bool:
		return "boolean"
	case schema.Time:
		return "timestamptz"
	default:
		return "bigint"
	}
}

// valuesOf returns the values of a row as they are stored.
func valuesOf(ctx context.Context, s *schema.Schema, row reflect.Value) ([]any, error) {
	values := make([]any, len(s.DBNames))
	for i, name := range s.DBNames {
		value, _ := s.FieldsByDBName[name].ValueOf(ctx, row)
		if v, ok := value.(driver.Valuer); ok {
			var err error
			if value, err = v.Value(); err != nil {
				return nil, err
			}
		}
		values[i] = value
	}
	return values, nil
}

// UpdateMany runs an UPDATE by many rows of values. In the statement, {changes}
// stands for the table "c" of them. A column is its name and its type in PostgreSQL.
func UpdateMany(tx *gorm.DB, update string, columns [][2]string, values [][]any) error {
	if len(values) == 0 {
		return nil
	}
	names, kinds := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], kinds[i] = c[0], c[1]
	}
	list := "(" + strings.Join(names, ", ") + ")"
	if IsPostgres(tx) {
		return execColumns(tx, strings.ReplaceAll(update, "{changes}", unnest(kinds)+" AS c "+list), values)
	}
	return execRows(tx, func(rows string) string {
		return "WITH c " + list + " AS (VALUES " + rows + ") " + strings.ReplaceAll(update, "{changes}", "c")
	}, values)
}

// AnyOf are the values of an IN. For PostgreSQL they are one parameter, so that
// a statement is the same for any number of them and is planned once.
type AnyOf []string

// Build writes the values into a statement; see clause.Expression.
func (a AnyOf) Build(b clause.Builder) {
	statement, ok := b.(*gorm.Statement)
	if !ok || !IsPostgres(statement.DB) {
		b.AddVar(b, []string(a))
		return
	}
	statement.Vars = append(statement.Vars, []string(a))
	statement.SQL.WriteString("(SELECT unnest(")
	statement.BindVarTo(b, statement, []string(a))
	statement.SQL.WriteString("::text[]))")
}

// execRows runs a statement with rows of values, as many at once as may be; of
// few different numbers, since each is a statement to be prepared.
func execRows(tx *gorm.DB, statement func(rows string) string, values [][]any) error {
	for len(values) > 0 {
		n := 1
		for n*10 <= min(len(values), 100) {
			n *= 10
		}
		var arguments []any
		for _, row := range values[:n] {
			arguments = append(arguments, row...)
		}
		row := ",(?" + strings.Repeat(",?", len(values[0])-1) + ")"
		query := statement(strings.Repeat(row, n)[1:])
		if _, err := tx.Statement.ConnPool.ExecContext(tx.Statement.Context, query, arguments...); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// unnest is a table of PostgreSQL with a parameter for each column.
func unnest(kinds []string) string {
	var b strings.Builder
	for i, kind := range kinds {
		fmt.Fprintf(&b, ", $%d::%s[]", i+1, kind)
	}
	return "unnest(" + b.String()[len(", "):] + ")"
}

// execColumns runs a statement whose parameters are columns of values.
func execColumns(tx *gorm.DB, query string, values [][]any) error {
	columns := make([]any, len(values[0]))
	for i := range columns {
		column := make([]any, len(values))
		for j, row := range values {
			column[j] = row[i]
		}
		columns[i] = column
	}
	_, err := tx.Statement.ConnPool.ExecContext(tx.Statement.Context, query, columns...)
	return err
}
