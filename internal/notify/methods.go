package notify

// Methods lists the channels of the configuration by which somebody can be reached, the surest first; the console, which
// the caller has, is not among them.
func (c Config) Methods(r Recipient) []string {
	var methods []string
	if c.SMTP != nil && (*SMTP)(nil).Reaches(r) {
		methods = append(methods, (*SMTP)(nil).Name())
	}
	return methods
}
