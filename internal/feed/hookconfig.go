package feed

import (
	"strings"
	"time"
)

// HookConfig is one sender of JSON.
type HookConfig struct {
	// Format is zendesk, whose bodies and signature are known, or empty: then the mapping says what is where.
	Format string `yaml:"format"`
	// Mapping says where the parts of a signal stand.
	Mapping `yaml:",inline"`
	// Source is the name that its signals carry; the hook's own if empty.
	Source string `yaml:"source"`
	// SecretEnv names the environment variable that holds the secret that the sender shares with us; SecretFile a
	// file. Without either the sender needs an API token of Safelight, as bearer or as password.
	SecretEnv  string `yaml:"secretEnv"`
	SecretFile string `yaml:"secretFile"`
	// Signature says how the sender signs; where it is absent and there is a secret, Header must hold the secret itself.
	Signature *SignatureConfig `yaml:"signature"`
	// Header holds the secret; X-Safelight-Token if empty.
	Header string `yaml:"header"`
}

// SignatureConfig is how a sender signs what it posts.
type SignatureConfig struct {
	// Header holds the signature, or several divided by spaces or commas. Prefix stands before it: sha256=, v1, …
	Header string `yaml:"header"`
	Prefix string `yaml:"prefix"`
	// Algorithm is sha256 (if empty), sha1 or sha512, each as HMAC; Encoding is hex (if empty) or base64.
	Algorithm string `yaml:"algorithm"`
	Encoding  string `yaml:"encoding"`
	// Signed is what is signed, with {body} and {NAME} for the header NAME: "{X-Timestamp}.{body}". {body} if empty.
	Signed string `yaml:"signed"`
	// TimestampHeader holds the time of signing, RFC 3339 or seconds since 1970; it must be within Tolerance (5m if 0).
	TimestampHeader string        `yaml:"timestampHeader"`
	Tolerance       time.Duration `yaml:"tolerance"`
}

const (
	defaultTolerance = 5 * time.Minute
	maxTolerance     = 24 * time.Hour
	defaultHeader    = "X-Safelight-Token"
)

// zendeskSignature is how Zendesk signs (developer.zendesk.com, "Verifying webhook authenticity").
func zendeskSignature() *SignatureConfig {
	return &SignatureConfig{
		Header: "X-Zendesk-Webhook-Signature", Encoding: "base64",
		Signed:          "{X-Zendesk-Webhook-Signature-Timestamp}{body}",
		TimestampHeader: "X-Zendesk-Webhook-Signature-Timestamp",
	}
}

// zendeskMappings are the bodies that Zendesk sends: a new ticket and a public
// comment of a customer as events of a subscription, and the body that
// docs/signals-sources.md gives for a trigger.
func zendeskMappings() []Mapping {
	field := func(names ...string) Field { return Field{Names: names} }
	return []Mapping{
		{
			When: map[string]Words{"type": {"zen:event-type:ticket.created"}},
			ID:   field("detail.id"), Text: field("detail.subject", "detail.description"),
			At: field("detail.created_at", "time"), Tags: field("detail.tags"),
		},
		{
			When: map[string]Words{
				"type":                    {"zen:event-type:ticket.comment_added"},
				"event.comment.is_public": {"true"}, "event.comment.author.is_staff": {"false"},
			},
			ID: field("event.comment.id"), IDPrefix: "comment-", Text: field("event.comment.body"),
			At: field("time"), Tags: field("detail.tags"),
		},
		{
			ID: field("ticket_id"), Text: field("subject", "description"), At: field("created_at"),
			Tags: field("tags"), URL: field("url"), Lang: field("language"), Rating: field("rating"),
			When: map[string]Words{"source": {"zendesk"}},
		},
	}
}

func (h HookConfig) mistakes() []string {
	var list complain
	switch h.Format {
	case "":
		list = append(list, h.Mapping.mistakes()...)
	case "zendesk":
		list.when(len(h.Text.Names)+len(h.ID.Names) > 0 || h.Each != "" || h.Signature != nil,
			"format zendesk knows where everything stands: leave the mapping and the signature out")
	default:
		list.when(true, "format %q is not zendesk: leave it out and write a mapping", h.Format)
	}
	secret := h.SecretEnv+h.SecretFile != ""
	list = append(list, secretMistakes("secret", h.SecretEnv, h.SecretFile)...)
	list.when(h.Signature != nil && !secret, "signature needs secretEnv or secretFile")
	list.when(h.Header != "" && (!secret || h.Signature != nil), "header holds the secret: it needs secretEnv or secretFile and no signature")
	list.when(h.Header != "" && (!headerName(h.Header) || strings.EqualFold(h.Header, "Authorization")),
		"header %q: name another one, Authorization is for Safelight's own tokens", h.Header)
	list.when(h.Source != "" && !goodName.MatchString(h.Source), "source %q: use 1 to 63 of a-z, 0-9, dot, dash, underscore", h.Source)
	list.when(h.Delimiter != "", "delimiter is for CSV")
	if h.Signature != nil {
		list = append(list, h.Signature.mistakes()...)
	}
	return list
}

func (s SignatureConfig) mistakes() (list complain) {
	list.when(!headerName(s.Header), "signature.header %q is not a header", s.Header)
	list.when(hashes[s.Algorithm] == nil, "signature.algorithm %q is none of sha256, sha1, sha512", s.Algorithm)
	list.when(s.Encoding != "" && s.Encoding != "hex" && s.Encoding != "base64", "signature.encoding %q is neither hex nor base64", s.Encoding)
	list.when(s.Signed != "" && !strings.Contains(s.Signed, "{body}"), "signature.signed must hold {body}: otherwise any body would pass")
	list.when(s.TimestampHeader != "" && !headerName(s.TimestampHeader), "signature.timestampHeader %q is not a header", s.TimestampHeader)
	list.when(s.TimestampHeader != "" && !strings.Contains(strings.ToLower(s.Signed), "{"+strings.ToLower(s.TimestampHeader)+"}"),
		"signature.signed must hold {%s}: a time that is not signed proves nothing", s.TimestampHeader)
	list.when(s.Tolerance < 0 || s.Tolerance > maxTolerance, "signature.tolerance %v is not between 0 and %v", s.Tolerance, maxTolerance)
	return list
}

func headerName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}
