package codec

import (
	"bufio"
	"os"
	"strings"
)

// Formats are the formats that the child decodes, in the order of Capabilities.
var Formats = []string{"webp", "avif", "heic", "jxl"}

// packages are the Debian packages of a format's libraries, by the release that has them. Where a library's name
// changes with each of its releases, so does the package's; for others,
// `apt-cache search --names-only '^lib(avif|jxl)[0-9.]+$'` lists it.
var packages = map[string]map[string]string{
	"webp": {"": "libwebp7 libwebpdemux2"},
	"avif": {"debian 12": "libavif15", "debian 13": "libavif16", "ubuntu 24.04": "libavif16", "": "libavif15 or libavif16"},
	"heic": {"debian 12": "libheif1", "": "libheif1 libheif-plugin-libde265"},
	"jxl":  {"debian 12": "libjxl0.7", "debian 13": "libjxl0.11", "ubuntu 24.04": "libjxl0.7", "": "libjxl0.7 or libjxl0.11"},
}

// packagesFor names the packages that give a format on the given system (release, as of this machine if empty).
func packagesFor(format, release string) string {
	byRelease := packages[format]
	if names, ok := byRelease[release]; ok {
		return names
	}
	return byRelease[""]
}

// release reads which system this is: "debian 12".
func release() string {
	f, err := os.Open("/etc/os-release")
	if err != nil {
		return ""
	}
	defer f.Close()
	var id, version string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "=")
		value = strings.Trim(value, `"`)
		switch name {
		case "ID":
			id = value
		case "VERSION_ID":
			version = value
		}
	}
	return id + " " + version
}
