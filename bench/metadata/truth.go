package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// value is what an oracle says that a file has.
type value struct {
	group string // IFD0 … of Exif; the record of IPTC; empty for XMP
	id    int
	name  string // ExifTool's name, or the path
	text  []string
}

// truth is what the oracles find in one file.
type truth struct {
	exif, iptc []value
	xmp        map[string]string
	profile    string
}

// readTruth asks the oracles.
func readTruth(files []string, work, exempi string) (map[string]*truth, error) {
	all := map[string]*truth{}
	if err := askExifTool(files, all); err != nil {
		return nil, err
	}
	packets, err := extractPackets(files, filepath.Join(work, "packets"))
	if err != nil {
		return nil, err
	}
	return all, askExempi(packets, all, exempi)
}

// exifTool runs ExifTool with a list of arguments, one a line. It fails for files that are damaged, too, so that its
// exit code says nothing.
func exifTool(args ...string) ([]byte, error) {
	list, err := os.CreateTemp("", "exiftool")
	if err != nil {
		return nil, err
	}
	defer os.Remove(list.Name())
	if _, err := list.WriteString(strings.Join(args, "\n") + "\n"); err != nil {
		return nil, err
	}
	if err := list.Close(); err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	cmd := exec.Command("exiftool", "-@", list.Name())
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if _, refused := err.(*exec.ExitError); err != nil && !refused {
		return nil, fmt.Errorf("run exiftool (Debian package libimage-exiftool-perl): %w", err)
	}
	return out, nil
}

// askExifTool reads Exif and IPTC of all files. Keys of its JSON are group, path and name; -n keeps numbers.
func askExifTool(files []string, all map[string]*truth) error {
	out, err := exifTool(append([]string{"-json", "-D", "-n", "-a", "-G1:5:4", "-charset", "exif=UTF8",
		"-EXIF:all", "-IPTC:all", "-ICC_Profile:all"}, files...)...)
	if err != nil {
		return err
	}
	var documents []map[string]json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(out))
	decoder.UseNumber()
	if err := decoder.Decode(&documents); err != nil {
		return fmt.Errorf("read exiftool's answer: %w", err)
	}
	for _, d := range documents {
		t := &truth{xmp: map[string]string{}}
		var name string
		for key, raw := range d {
			if key == "SourceFile" {
				if err := json.Unmarshal(raw, &name); err != nil {
					return err
				}
				continue
			}
			t.add(strings.Split(key, ":"), raw)
		}
		all[name] = t
	}
	return nil
}

// add keeps a tag of a standard that is compared.
func (t *truth) add(key []string, raw json.RawMessage) {
	var tag struct {
		ID  any
		Val any
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&tag) != nil || len(key) < 2 {
		return
	}
	group, name := key[0], key[len(key)-1]
	number, isNumber := tag.ID.(json.Number)
	id, err := number.Int64()
	v := value{group: group, id: int(id), name: name, text: texts(tag.Val)}
	switch {
	case group == "ICC_Profile" && name == "ProfileDescription":
		t.profile = strings.Join(v.text, "")
	case !isNumber || err != nil:
	case strings.HasPrefix(group, "IPTC"):
		v.group = "2"
		if record, known := records[name]; known {
			v.group = record
		}
		t.iptc = append(t.iptc, v)
	case strings.HasPrefix(group, "IFD") || strings.HasPrefix(group, "SubIFD") || group == "ExifIFD" || group == "GPS" || group == "InteropIFD":
		t.exif = append(t.exif, v)
	}
}

// records are the records of ExifTool's names; the others are of record 2.
var records = map[string]string{"EnvelopeRecordVersion": "1", "Destination": "1", "FileFormat": "1", "FileVersion": "1",
	"ServiceIdentifier": "1", "EnvelopeNumber": "1", "ProductID": "1", "EnvelopePriority": "1", "DateSent": "1", "TimeSent": "1",
	"CodedCharacterSet": "1", "UniqueObjectName": "1", "ARMIdentifier": "1", "ARMVersion": "1", "SizeMode": "7", "MaxSubfileSize": "7",
	"ObjectSizeAnnounced": "7", "MaximumObjectSize": "7"}

func texts(val any) []string {
	if list, ok := val.([]any); ok {
		var all []string
		for _, one := range list {
			all = append(all, fmt.Sprint(one))
		}
		return all
	}
	return []string{fmt.Sprint(val)}
}

// extractPackets writes the XMP packets of files into a folder, and says to which file each belongs.
func extractPackets(files []string, folder string) (map[string]string, error) {
	of := map[string]string{}
	if _, err := exifTool(append([]string{"-a", "-b", "-XMP", "-W!", folder + "/%d%f.%e/%c.xmp"}, files...)...); err != nil {
		return nil, err
	}
	for _, name := range files {
		packets, err := filepath.Glob(escape(folder+name) + "/*.xmp")
		if err != nil {
			return nil, err
		}
		if sidecar := name + ".xmp"; len(packets) == 0 && exists(sidecar) {
			packets = []string{sidecar} // of a format in which ExifTool does not see a packet as a whole
		}
		for _, p := range packets {
			of[p] = name
			raw, err := os.ReadFile(p)
			if err != nil {
				return nil, err
			}
			if bytes.Contains(raw, []byte("HasExtendedXMP")) {
				of[name] = name
			}
		}
	}
	return of, nil
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// escape keeps what stands in a file's name from being a pattern.
func escape(name string) string {
	return strings.NewReplacer("[", "\\[", "*", "\\*", "?", "\\?").Replace(name)
}

// askExempi reads the leaves of packets. What it makes of Exif itself in a whole file is left out.
func askExempi(packets map[string]string, all map[string]*truth, exempi string) error {
	var names []string
	for p := range packets {
		names = append(names, p)
	}
	if len(names) == 0 {
		return nil
	}
	out, err := exec.Command(exempi, names...).Output()
	if err != nil {
		return fmt.Errorf("run %s: %w", exempi, err)
	}
	fields := strings.Split(string(out), "\x00")
	for ; len(fields) >= 3; fields = fields[3:] {
		of := packets[fields[0]]
		if whole := fields[0] == of; whole && (strings.HasPrefix(fields[1], "exif:") || strings.HasPrefix(fields[1], "tiff:")) {
			continue
		}
		if t := all[of]; t != nil {
			t.xmp[fields[1]] = fields[2]
		}
	}
	return nil
}
