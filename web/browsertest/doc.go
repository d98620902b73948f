// Package browsertest goes through the console as people do: a real Chromium
// against the real program, which runs in a process of its own with a data
// directory, an S3 server and a database of its own.
//
// The package itself builds, starts and stops the program (Build, Start) and
// opens a browser that notes every complaint of a page (OpenBrowser). The
// journeys are in its tests; screenshots is the command that takes the pictures
// of the documentation.
package browsertest
