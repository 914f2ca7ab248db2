// Package codec decodes the formats that need native libraries, in a sandboxed child process.
package codec
