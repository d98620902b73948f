// Package compatibility runs the whole main job against real servers of other
// makers: S3 servers by http and by https with a private authority. Its tests are
// under the build tag compatibility; make compatibility installs the servers and
// runs them.
package compatibility
