package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

// On SQLite a process that is killed while sample data is loaded or removed may
// have changed the inventory, and not the console's file. There is sample data
// as long as both say so; what only one of them has is removed.

// SettleSample removes what a process has left of sample data that only one of
// SQLite's files has.
func (s *Store) SettleSample(ctx context.Context) error {
	if s.dialect == postgresDialect {
		return nil // one transaction changes both
	}
	inventory, console, err := sampleSides(s.query(ctx))
	if err != nil || inventory == console {
		return translate(err)
	}
	act := usage.Act{By: "License Manager", At: time.Now()}
	return s.inBoth(ctx, func(inventory, console *gorm.DB) error {
		_, err := settleSample(inventory, console, act)
		return err
	})
}

// settleSample is SettleSample where nobody else changes the sample data, and tells
// whether it has removed reports. What is used by other data stays as it is.
func settleSample(inventory, console *gorm.DB, act usage.Act) (removed bool, err error) {
	inInventory, inConsole, err := sampleSides(console)
	if err != nil || inInventory == inConsole {
		return false, err
	}
	if inConsole {
		return true, deleteSampleReports(console, act)
	}
	use, err := sampleUse(console)
	if err != nil || use != nil {
		return false, err
	}
	return false, deleteSampleInventory(inventory)
}

// sampleSides reports where there is sample data.
func sampleSides(db *gorm.DB) (inventory, console bool, err error) {
	if err := db.Raw("SELECT EXISTS (SELECT 1 FROM inventory_samples)").Scan(&inventory).Error; err != nil {
		return false, false, err
	}
	err = db.Raw("SELECT EXISTS (SELECT 1 FROM samples WHERE kind = ?)", sampleEstate).Scan(&console).Error
	return inventory, console, err
}
