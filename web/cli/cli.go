// Package cli is the command line: which commands and flags there are, what
// they mean and whether they make sense. It builds the program from its parts,
// runs and stops it, and is the only package that knows all of them.
package cli

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"license-manager/store/usage"
)

// Name of the program, and what the names of its variables begin with.
const (
	name   = "license-manager"
	prefix = "LICENSE_MANAGER"
)

// commandLine is what can be asked for.
type commandLine struct {
	Config

	Serve   struct{}      `cmd:"" default:"1" help:"Start the console. This is what happens without a command."`
	Import  importCommand `cmd:"" help:"Import tracked resources from a CSV file. Nothing is written if any row is wrong."`
	Check   checkCommand  `cmd:"" help:"Compare counters and stored report lines with what they follow from. Exit code 1 if anything is wrong."`
	User    userCommands  `cmd:"" help:"Add a user, or give a user another password."`
	Version struct{}      `cmd:"" help:"Print the version."`
}

type importCommand struct {
	File      string `arg:"" optional:"" help:"CSV file with a header. It may be imported while the console runs."`
	License   string `placeholder:"NAME" help:"Self-managed license, by name or id, for rows that name none."`
	Delimiter string `placeholder:"CHAR" help:"What separates columns: comma, semicolon, tab, or pipe. Default: what the header shows."`
	Encoding  string `default:"utf-8" enum:"utf-8,windows-1252" help:"Encoding of a file without a byte order mark: utf-8 or windows-1252."`
	Resume    bool   `help:"Go on with imports that were interrupted, instead of importing a file."`
}

type userCommands struct {
	Add struct {
		Name string `arg:"" help:"Name of the user."`
		Role string `default:"administrator" enum:"viewer,editor,administrator" help:"What the user may do: viewer, editor, or administrator."`
	} `cmd:"" help:"Add a user. The password is asked for, or read from standard input."`
	ResetPassword struct {
		Name string `arg:"" help:"Name of the user."`
	} `cmd:"" help:"Give a user another password and end all sessions of that user. The password is asked for, or read from standard input."`
}

const description = `License Manager publishes scheduled reports of the usage of self-managed software licenses to an S3 bucket.

Start it and open the link in the log. It needs nothing else: the data is in the folder ./data, and reports go to an S3 server in the program. Every flag has an environment variable, too.`

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2 // the command line or the configuration is to blame
)

// Run does what the arguments and the environment ask for and returns the
// exit code. Serving ends when ctx does. now is the clock of the program.
func Run(ctx context.Context, args []string, now func() time.Time) int {
	err := run(ctx, args, now)
	switch {
	case err == nil:
		return exitDone
	case isUsage(err):
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, err)
		return exitUsage
	default:
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, err)
		return exitFailed
	}
}

func run(ctx context.Context, args []string, now func() time.Time) error {
	line, command, err := parse(args)
	if err != nil {
		return err
	}
	LimitMemory(int(line.Publishers))
	p := &program{config: line.Config, log: line.logger(), now: now}
	defer p.stop()
	switch command {
	case "import":
		return p.runImport(ctx, line.Import)
	case "check":
		return p.check(ctx, line.Check)
	case "user add":
		return p.addUser(ctx, line.User.Add.Name, usage.Role(line.User.Add.Role))
	case "user reset-password":
		return p.resetPassword(ctx, line.User.ResetPassword.Name)
	case "version":
		return printVersion()
	default:
		return p.serve(ctx)
	}
}

// parse reads the arguments and the environment. With --help it prints the
// help and ends the program.
func parse(args []string) (line commandLine, command string, err error) {
	parser, err := kong.New(&line,
		kong.Name(name),
		kong.Description(description),
		kong.DefaultEnvars(prefix),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return line, "", err
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		problem, _, _ := strings.Cut(err.Error(), " (from envar ") // the value may be a secret
		return line, "", &usageError{problem}
	}
	return line, withoutArguments(parsed.Command()), line.check()
}

// withoutArguments makes "import" of "import <file>".
func withoutArguments(command string) string {
	var words []string
	for word := range strings.FieldsSeq(command) {
		if !strings.HasPrefix(word, "<") {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}
