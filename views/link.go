package views

import "github.com/a-h/templ"

// ExternalLink opens in a new tab and says so. title is the full text where text is shortened; "" for none.
func ExternalLink(url, text, title string) templ.Component {
	return render(func(m markup) { m.external(url, text, title) })
}

// DownloadLink saves a file.
func DownloadLink(url, text string) templ.Component {
	return render(func(m markup) { m.download(url, text) })
}

func (m markup) external(url, text, title string) markup {
	m.raw(`<a class="ext" href="`).url(url).raw(`" target="_blank" rel="noopener"`)
	if title != "" {
		m.raw(` title="`).text(title).raw(`"`)
	}
	return m.raw(`><span>`).text(text).raw(`</span>`).icon(IconExternal).raw(`<span class="sr"> (opens in a new tab)</span></a>`)
}

func (m markup) download(url, text string) markup {
	return m.raw(`<a class="download" href="`).url(url).raw(`" download>`).icon(IconDownload).raw(`<span>`).text(text).raw(`</span></a>`)
}
