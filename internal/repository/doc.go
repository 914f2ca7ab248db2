// Package repository publishes Markdown, JSON, CSV and evidence manifests into a Git repository.
//
// It knows files and commits, and nothing of what a postmortem says.
//
// A commit holds the files of one request and nothing else: its tree is the
// tree of the parent commit with these files put in. What other people have
// staged, changed or left untracked in the work tree stays as it is.
//
// The objects, trees and the reading of history are go-git's. References and
// index are written here, because go-git writes both in place and without
// locks: a crash would leave an empty branch or half an index. Here each is
// written to a temporary file, synced and renamed, under the same lock files
// that git itself takes (index.lock, refs/heads/NAME.lock). A lock of ours
// holds the text "safelight", so that the next Open tells one that a crash
// left behind from one that a git process holds.
//
// The order of a commit is: objects, files of the work tree, index, branch.
// The branch is the commit point. A crash before it leaves nothing but changed
// files, which the next try commits; a crash after it leaves nothing to do,
// and the key in the message's trailer "Safelight-Key" lets the next try see that.
package repository
