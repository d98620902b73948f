package store

import (
	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// record writes the activity row of a unit of work, in its transaction.
func record(tx *gorm.DB, act usage.Act, a usage.Activity) error {
	a.At, a.Actor, a.Address = db.UTC(act.At), act.By, act.From
	return tx.Create(&a).Error
}
