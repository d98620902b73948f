package cli

import (
	"context"
	"errors"
	"fmt"

	"license-manager/handlers"
	"license-manager/store"
	"license-manager/store/usage"
)

// commandLineUser is who does it in the activity log.
const commandLineUser = "command line"

func (p *program) addUser(ctx context.Context, user string, role usage.Role) error {
	if err := (usage.User{Name: user, Role: role}).Validate().Err(); err != nil {
		return inWords(err)
	}
	hash, err := p.newPassword(ctx)
	if err != nil {
		return err
	}
	added, err := p.store.CreateUser(ctx, p.act(commandLineUser), usage.User{Name: user, PasswordHash: hash, Role: role})
	if err != nil {
		return inWords(err)
	}
	_, err = fmt.Printf("Added user %s (%s).\n", added.Name, added.Role.Label())
	return err
}

func (p *program) resetPassword(ctx context.Context, user string) error {
	hash, err := p.newPassword(ctx)
	if err != nil {
		return err
	}
	err = p.store.ResetPassword(ctx, p.act(commandLineUser), user, hash)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no user named %s", user)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Printf("Reset the password of user %s. All sessions of the user have ended.\n", user)
	return err
}

// newPassword opens the database, so that nobody types in vain, and returns
// the hash of the password that is asked for.
func (p *program) newPassword(ctx context.Context) (hash string, err error) {
	if err := p.openDataDir(ctx); err != nil {
		return "", err
	}
	if err := p.openStore(ctx); err != nil {
		return "", err
	}
	password, err := readPassword()
	if err != nil {
		return "", err
	}
	if problem := usage.PasswordProblem(password); problem != "" {
		return "", errors.New(problem)
	}
	return handlers.HashPassword(password)
}

// inWords leaves the names of form fields out.
func inWords(err error) error {
	var wrong usage.FieldErrors
	if errors.As(err, &wrong) {
		return errors.New(wrong[0].Message)
	}
	return err
}
