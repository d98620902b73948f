// Package views holds the pages of the console as templ components, and the plain values that they take.
package views
