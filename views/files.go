package views

import (
	"time"

	"github.com/a-h/templ"
)

// FilesPage lists what is in the bucket directly under a prefix.
type FilesPage struct {
	Page
	Bucket  string // empty while there is none
	Prefix  string // ends in "/"
	Folders []Link
	Files   []FileItem
	First   string // address of the first page; empty on it
	Next    string // address of the next page; empty on the last
	Problem string // why the bucket can't be read, in plain words; empty if it could be
}

// FileItem is a file in the bucket.
type FileItem struct {
	Name       string
	URL        string // of the download
	Size       int64  // bytes
	ModifiedAt time.Time
}

func (p FilesPage) s3URI() string { return "s3://" + p.Bucket + "/" + p.Prefix }

// fileRows writes the body of the table: folders, then files.
func fileRows(p FilesPage) templ.Component {
	return render(func(m markup) {
		for _, folder := range p.Folders {
			m.raw(`<tr><td class="rowhead wide"><a class="download" href="`).url(folder.URL).raw(`">`).icon(IconFolder).raw(`<span>`).text(folder.Label).raw(`</span></a>`).end()
			m.quantity("Size").raw(Missing).end()
			m.nowrap("Last modified").raw(Missing).end()
			m.raw(`</tr>`)
		}
		for _, file := range p.Files {
			m.raw(`<tr><td class="rowhead wide">`).download(file.URL, file.Name).end()
			m.quantity("Size").text(Size(file.Size)).end()
			m.cell("Last modified").at(p.Clock, file.ModifiedAt).end()
			m.raw(`</tr>`)
		}
	})
}
