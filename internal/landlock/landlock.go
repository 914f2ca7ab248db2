// Package landlock takes the rights over files and the network away from a thread and all that it starts.
//
// It is Linux' Landlock (Documentation/userspace-api/landlock.rst), which needs no privilege. Elsewhere, and where the kernel has
// none, Restrict fails and nothing has been taken away.
package landlock

// Rights are what is left, beside reading and running the system's programs and libraries.
type Rights struct {
	Read  []string // folders and files that may be read and run, too
	Write []string // folders and files that may be changed in any way
}

// programs is where the system's programs and libraries lie, for whoever runs them.
var programs = []string{"/usr", "/bin", "/sbin", "/lib", "/lib64", "/nix/store", "/gnu/store", "/etc/ld.so.cache", "/etc/alternatives"}
