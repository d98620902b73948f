package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"license-manager/handlers"
	"license-manager/store"
	"license-manager/store/usage"
)

// firstStart makes way for the first administrator: by the password in the
// environment, else by a link in the log.
func (p *program) firstStart(ctx context.Context, url string) error {
	if has, err := p.store.HasUsers(ctx); err != nil || has {
		return err
	}
	err := p.admit(ctx, url)
	if errors.Is(err, store.ErrUsersExist) { // another replica was first
		return nil
	}
	return err
}

func (p *program) admit(ctx context.Context, url string) error {
	if password := adminPassword(); password != "" {
		return p.createAdmin(ctx, password)
	}
	token := usage.NewToken()
	if err := p.store.SetSetupToken(ctx, token); err != nil {
		return err
	}
	p.ready = append(p.ready, fmt.Sprintf("Open %s/setup?token=%s to create the first administrator. The link works once.", url, token))
	return nil
}

// adminPassword becomes the password of the user "admin" where there are no
// users yet. It is not a flag, since other users of the machine see those.
func adminPassword() string { return os.Getenv(prefix + "_ADMIN_PASSWORD") }

// createAdmin creates the first user without anybody being there.
func (p *program) createAdmin(ctx context.Context, password string) error {
	const admin = "admin"
	if problem := usage.PasswordProblem(password); problem != "" {
		p.log.Warn("the password of the first administrator is weak", "user", admin, "problem", problem)
	}
	hash, err := handlers.HashPassword(password)
	if err != nil {
		return err
	}
	if _, err = p.store.CreateFirstUser(ctx, p.act("first start"), usage.User{Name: admin, PasswordHash: hash, Role: usage.Administrator}); err != nil {
		return err
	}
	p.log.Info("created the first administrator", "user", admin)
	return nil
}
