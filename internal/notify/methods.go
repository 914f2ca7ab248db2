package notify

// Methods lists the channels of the configuration by which somebody can be reached, the surest first; the console, which
// the caller has, is not among them.
func (c Config) Methods(r Recipient) []string {
	if c.SMTP != nil && checkAddress(r.Email) == nil {
		return []string{(*SMTP)(nil).Name()}
	}
	return nil
}
