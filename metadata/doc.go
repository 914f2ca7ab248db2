// Package metadata reads Exif, IPTC, XMP and ICC from image files and says what changed and what is personal.
//
// # What is read
//
//   - Exif 3.0 with all its directories, thumbnails, and who made a maker note (and little of what is in it: see below)
//   - IPTC-IIM 4.2 in the character set that it states, or that it evidently has
//   - XMP (ISO 16684-1): the whole data model, from every packet of a file, as the paths of its leaves
//   - header and name of ICC profiles; resources of Photoshop; the text chunks of PNG; comments
//   - pictures within the picture: thumbnails and previews wherever they hide
//
// [Read] gives a [Document], which is flat: a [Field] is one value with the name that its standard gives it, and a
// [Class] by what it is for. [Compare] says what became of the fields of a reference, [Document.Personal] which of them
// are about a person, [Strip] takes classes of them out.
//
// # What is not
//
// Maker notes are each maker's own, and mostly undocumented. They hold serial numbers and owners' names that stand
// nowhere else in many files, so that a maker note as such is a finding of [Document.Personal], sooner than be read
// in part and taken for clean.
//
// # Damage
//
// Files in the wild are broken in small ways everywhere. No damage is an error: what can be read is read, and
// [Document.Problems] says what was passed over. Everything is bounded by [Limits], before memory is taken.
package metadata
