package pixels

// NativeError is the refusal of a file by a decoder outside this package: a kind of this package, the format, and a
// reason that completes the sentence of that kind. Width, Height and Limit of ErrTooManyPixels are the caller's to set.
func NativeError(kind error, format string, reason Remark) *Error {
	return &Error{Kind: kind, Format: format, reason: reason}
}
