package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// ColorMode is what people prefer in the settings of their system.
type ColorMode string

// The color modes.
const (
	Light ColorMode = "light"
	Dark  ColorMode = "dark"
)

// Prefer makes pages see that color mode in the settings of the system.
func Prefer(mode ColorMode) chromedp.Action[chromedp.Void] {
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: string(mode)}}
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return chromedp.Void{}, err
	}
}
