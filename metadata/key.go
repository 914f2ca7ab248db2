package metadata

// Key names a field whatever its place in a list or its directory: Exif:GPSLatitude, IPTC:By-line, XMP:dc:creator,
// XMP:Iptc4xmpExt:LocationShown/Iptc4xmpExt:City, Text:parameters.
func (f Field) Key() string { return f.Standard.String() + ":" + withoutIndexes(f.Name) }

// Key is that of the field.
func (c Change) Key() string { return c.Standard.String() + ":" + c.Name }

// Key is that of the field, or of the picture, maker note or trailer as its Name says.
func (f Finding) Key() string {
	if f.Standard == 0 {
		return f.Name
	}
	return f.Standard.String() + ":" + withoutIndexes(f.Name)
}
