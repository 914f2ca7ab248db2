package collect

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

const (
	maxChat     = 256 << 20 // bytes of all messages that are read
	maxChatFile = 32 << 20  // of one day, or of a file of JSON
	maxMessages = 50_000    // that are kept
)

// message is one of a Slack export: an element of CHANNEL/2025-09-27.json.
type message struct {
	Type    string `json:"type"`
	Subtype string `json:"subtype"`
	User    string `json:"user"`
	Text    string `json:"text"`
	TS      string `json:"ts"`
	BotID   string `json:"bot_id"`
	Profile struct {
		Name string `json:"real_name"`
	} `json:"user_profile"`
}

func (m message) at() (time.Time, bool) {
	seconds, err := strconv.ParseFloat(m.TS, 64)
	if err != nil || seconds < 0 || seconds > 1e11 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(seconds * 1000)).UTC(), true
}

// SlackExport reads the messages of a channel between two times out of the export of a workspace (a zip).
func SlackExport(r io.ReaderAt, size int64, channel string, from, to time.Time, take Take) error {
	doing := fmt.Sprintf("read the channel %.40q of the export", channel)
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return fmt.Errorf("%s: it is no zip: %w: %w", doing, err, journal.ErrInvalid)
	}
	names := map[string]string{}
	var list []message
	left, found := int64(maxChat), false
	for _, f := range archive.File {
		inChannel := path.Dir(f.Name) == channel && path.Ext(f.Name) == ".json"
		found = found || inChannel
		if !inChannel && f.Name != "users.json" {
			continue
		}
		if left -= int64(f.UncompressedSize64); f.UncompressedSize64 > maxChatFile || left < 0 {
			return fmt.Errorf("%s: %s: %w", doing, f.Name, journal.ErrTooLarge)
		}
		data, err := readZipped(f)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", doing, f.Name, err)
		}
		if inChannel {
			list, err = appendMessages(list, data, from, to)
		} else {
			err = readUsers(data, names)
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", doing, f.Name, err)
		}
	}
	if !found {
		return fmt.Errorf("%s: there is no such channel: %w", doing, journal.ErrNotFound)
	}
	return takeChat(channel, list, names, from, to, take)
}

func readZipped(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(&limited{r, maxChatFile, "the file"})
}

// SlackChannel reads the messages of one file of a channel (an array, as a day of an export or the answer "messages" of conversations.history).
func SlackChannel(r io.Reader, channel string, from, to time.Time, take Take) error {
	data, err := io.ReadAll(&limited{r, maxChatFile, "the file"})
	if err != nil {
		return fmt.Errorf("read the chat: %w", err)
	}
	var answer struct {
		Messages json.RawMessage `json:"messages"`
	}
	if json.Unmarshal(data, &answer) == nil && len(answer.Messages) > 0 {
		data = answer.Messages
	}
	list, err := appendMessages(nil, data, from, to)
	if err != nil {
		return fmt.Errorf("read the chat: %w", err)
	}
	return takeChat(channel, list, nil, from, to, take)
}

func readUsers(data []byte, names map[string]string) error {
	var users []struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		RealName string `json:"real_name"`
	}
	if err := json.Unmarshal(data, &users); err != nil {
		return fmt.Errorf("it is no list of users: %w: %w", err, journal.ErrInvalid)
	}
	for _, u := range users {
		if names[u.ID] = u.RealName; u.RealName == "" {
			names[u.ID] = u.Name
		}
	}
	return nil
}

func appendMessages(list []message, data []byte, from, to time.Time) ([]message, error) {
	var more []message
	if err := json.Unmarshal(data, &more); err != nil {
		return list, fmt.Errorf("it is no list of messages: %w: %w", err, journal.ErrInvalid)
	}
	for _, m := range more {
		at, ok := m.at()
		if !ok || at.Before(from) || at.After(to) || m.Type != "message" && m.Type != "" {
			continue
		}
		if list = append(list, m); len(list) > maxMessages {
			return list, fmt.Errorf("more than %d messages: name a shorter time: %w", maxMessages, journal.ErrTooLarge)
		}
	}
	return list, nil
}

// takeChat writes messages line by line, in their order: what was said outside of the time is nobody's evidence.
func takeChat(channel string, list []message, names map[string]string, from, to time.Time, take Take) error {
	slices.SortStableFunc(list, func(a, b message) int {
		x, _ := a.at()
		y, _ := b.at()
		return x.Compare(y)
	})
	var out strings.Builder
	fmt.Fprintf(&out, "# #%s, %s to %s, %d messages\n", channel, from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339), len(list))
	for _, m := range list {
		at, _ := m.at()
		fmt.Fprintf(&out, "%s %s: %s\n", at.Format(time.RFC3339), oneLine(m.who(names)), strings.ReplaceAll(named(m.Text, names), "\n", "\n    "))
	}
	name := fmt.Sprintf("chat/%s-%s-%s.txt", fileName(channel), from.UTC().Format("20060102T1504Z"), to.UTC().Format("20060102T1504Z"))
	return take(File{name, "chat", "Slack, channel " + fileName(channel), strings.NewReader(out.String())})
}

func (m message) who(names map[string]string) string {
	for _, name := range []string{names[m.User], m.Profile.Name, m.User, m.BotID} {
		if name != "" {
			return name
		}
	}
	return "?"
}

// named puts names in the place of the ids that mentions consist of.
func named(text string, names map[string]string) string {
	if !strings.Contains(text, "<@") {
		return text
	}
	for id, name := range names {
		text = strings.ReplaceAll(text, "<@"+id+">", "@"+name)
	}
	return text
}
