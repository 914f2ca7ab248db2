// Package icc turns colours of an ICC profile, or of a PNG's own colour tags, into sRGB.
package icc
