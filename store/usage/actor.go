package usage

import "time"

// Act says who does something, from where and when. Every write carries one;
// it becomes the "by" and "at" of what is written and of its activity row.
type Act struct {
	By   string    // user name, or a word for the program itself, e.g. "command line"
	From string    // remote address; empty for the program itself
	At   time.Time // UTC
}

// Activity is one row of the activity log: who did what, when, from where.
type Activity struct {
	ID       int64     `gorm:"primaryKey"`
	At       time.Time // UTC
	Actor    string
	Address  string
	Action   string // verb in the past, e.g. "created"
	Noun     string // e.g. "usage report"
	ObjectID string
	Name     string // the object's name at that time
	Detail   string // never a secret
}

// TableName tells GORM the table.
func (Activity) TableName() string { return "activities" }
