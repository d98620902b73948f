package store

import (
	"gorm.io/gorm"

	"license-manager/store/usage"
)

// record writes the activity row of a unit of work, in its transaction.
func record(tx *gorm.DB, act usage.Act, a usage.Activity) error {
	return tx.Create(by(act, a)).Error
}

// recordInventory is record in a transaction of the inventory.
func recordInventory(tx *gorm.DB, act usage.Act, a usage.Activity) error {
	return tx.Table("inventory_activities").Create(by(act, a)).Error
}

func by(act usage.Act, a usage.Activity) *usage.Activity {
	a.At, a.Actor, a.Address = utc(act.At), act.By, act.From
	return &a
}
