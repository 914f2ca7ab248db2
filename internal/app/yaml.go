package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/safelight-dev/safelight/internal/journal"
)

// decodeYAML decodes one document strictly: an unknown key is an error. What
// the text does not mention keeps its value; an empty text mentions nothing.
// An error is one sentence with the line and never shows more of the text than
// the value that is wrong.
func decodeYAML[T any](text []byte, into *T) error {
	before := *into
	d := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	err := d.Decode(into)
	if errors.Is(err, io.EOF) {
		*into = before // the decoder has emptied it
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", mistake(err, text), journal.ErrInvalid)
	}
	var more any
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return fmt.Errorf("a second document follows after ---, and would not be read: %w", journal.ErrInvalid)
	}
	return nil
}

// mistake says what is wrong in which line.
func mistake(err error, text []byte) string {
	var wrong *yaml.TypeError
	if errors.As(err, &wrong) && wrong.Token != nil {
		return fmt.Sprintf("line %d: %s is wanted here", wrong.Token.Position.Line, kindWord(wrong.DstType))
	}
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		return fmt.Sprintf("line %d: %s", at.GetToken().Position.Line, at.GetMessage())
	}
	message, _, _ := strings.Cut(err.Error(), "\n")
	message = strings.TrimSuffix(message, ": "+journal.ErrInvalid.Error())
	if line := lineOf(message, text); line > 0 {
		return fmt.Sprintf("line %d: %s", line, message)
	}
	return message
}

// kindWord names what a field takes.
func kindWord(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Slice:
		return "a list"
	case reflect.Map, reflect.Struct, reflect.Pointer:
		return "a mapping"
	case reflect.Int64:
		if t == reflect.TypeFor[time.Duration]() {
			return "a duration such as 30m"
		}
	}
	return "a number"
}

var quoted = regexp.MustCompile(`"([^"]*)"`)

// lineOf finds the line of the value that a message quotes, since values that
// decode themselves do not tell where they stand; 0 where it is not clear.
func lineOf(message string, text []byte) int {
	value := quoted.FindStringSubmatch(message)
	if value == nil {
		return 0
	}
	line := 0
	for _, t := range lexer.Tokenize(string(text)) {
		if t.Value != value[1] {
			continue
		}
		if line > 0 {
			return 0
		}
		line = t.Position.Line
	}
	return line
}
