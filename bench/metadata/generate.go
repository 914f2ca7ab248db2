package main

import (
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/tiff"
)

// generate makes files of every format with ExifTool: tags at random, in both byte orders, with texts in several
// scripts. It takes the encoders that Debian's webp, libavif-bin, libheif-examples, libjxl-tools have;
// a format whose encoder is missing is left out, and said so.
func generate(folder string, each int) ([]string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	bare, err := encodeAll(folder)
	if err != nil {
		return nil, err
	}
	chance := rand.New(rand.NewPCG(5, 5))
	var files, args []string
	for _, name := range bare {
		format := filepath.Ext(name)
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for i := range each {
			file := filepath.Join(folder, fmt.Sprintf("%s%02d%s", format[1:], i, format))
			if format == ".svg" {
				files = append(files, file)
				if err := writeSVG(file, chance); err != nil {
					return nil, err
				}
				continue
			}
			if err := os.WriteFile(file, data, 0o644); err != nil {
				return nil, err
			}
			files = append(files, file)
			args = append(args, tagsFor(format, i, chance, folder)...)
			args = append(args, file, "-execute")
		}
	}
	args = append(args, "-common_args", "-q", "-m", "-overwrite_original", "-charset", "exif=UTF8")
	_, err = exifTool(args...)
	return files, err
}

// encodeAll writes one small picture in every format.
func encodeAll(folder string) ([]string, error) {
	m := image.NewPaletted(image.Rect(0, 0, 64, 48), []color.Color{color.White, color.Black, color.RGBA{200, 40, 40, 255}})
	for i := range m.Pix {
		m.Pix[i] = uint8(i / 7 % 3)
	}
	var made []string
	for ext, encode := range map[string]func(*os.File) error{
		".jpg":  func(f *os.File) error { return jpeg.Encode(f, m, nil) },
		".png":  func(f *os.File) error { return png.Encode(f, m) },
		".gif":  func(f *os.File) error { return gif.Encode(f, m, nil) },
		".tiff": func(f *os.File) error { return tiff.Encode(f, m, nil) },
		".svg":  func(*os.File) error { return nil },
	} {
		f, err := os.Create(filepath.Join(folder, "bare"+ext))
		if err != nil {
			return nil, err
		}
		if err := encode(f); err != nil {
			return nil, err
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
		made = append(made, f.Name())
	}
	from := filepath.Join(folder, "bare.png")
	for _, c := range [][]string{{".webp", "cwebp", "-quiet", from, "-o"}, {".avif", "avifenc", "-s", "10", from}, {".heic", "heif-enc", from, "-o"},
		{".jxl", "cjxl", "--container=1", "-e", "1", from}} {
		to := filepath.Join(folder, "bare"+c[0])
		if out, err := exec.Command(c[1], append(c[2:], to)...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "no %s: %s: %v: %s\n", c[0], c[1], err, shorten(string(out)))
			continue
		}
		made = append(made, to)
	}
	slices.Sort(made)
	return made, nil
}

// tagsFor are arguments of ExifTool that write tags into a file of a format.
func tagsFor(format string, i int, chance *rand.Rand, folder string) []string {
	if format == ".jpg" && i%8 == 0 {
		// An extended packet. The toolkit joins its parts where it reads the whole file, and mixes Exif into them then.
		return append(pick(chance, xmpTags), "-XMP-dc:Description="+strings.Repeat("long text, ", 9_000))
	}
	var args []string
	if format != ".gif" {
		order := "-ExifByteOrder=" + []string{"MM", "II"}[i%2]
		args = append(args, order)
		args = append(args, pick(chance, exifTags)...)
	}
	switch format {
	case ".jpg", ".tiff", ".png":
		if i%3 > 0 {
			args = append(args, "-IPTC:CodedCharacterSet=UTF8")
			args = append(args, pick(chance, iptcTags)...)
		} else {
			args = append(args, latin(pick(chance, iptcTags))...)
		}
	}
	args = append(args, pick(chance, xmpTags)...)
	if format == ".jpg" && i%8 == 1 {
		args = append(args, "-IFD1:ThumbnailImage<="+filepath.Join(folder, "bare.jpg"))
	}
	return args
}

// latin replaces what Latin-1 has not, for datasets that state no character set.
func latin(args []string) []string {
	for i, a := range args {
		args[i] = strings.Map(func(r rune) rune {
			if r > 0xff {
				return '?'
			}
			return r
		}, a)
	}
	return args
}

// pick takes about half of the tags with values.
func pick(chance *rand.Rand, tags []string) []string {
	var args []string
	for _, tag := range tags {
		if chance.IntN(2) == 0 {
			continue
		}
		name, kind, _ := strings.Cut(tag, "=")
		args = append(args, "-"+name+"="+made(chance, kind))
	}
	return args
}

var words = strings.Fields("soleil Zoé Nîmes garçon Straße 写真 фото été Ñandú paper green harbour 12 (c) & <tag> \"quoted\" it's café Ω")

// made is a value of a kind.
func made(chance *rand.Rand, kind string) string {
	switch kind {
	case "":
		var some []string
		for range 1 + chance.IntN(5) {
			some = append(some, words[chance.IntN(len(words))])
		}
		return strings.Join(some, " ")
	case "ratio":
		return fmt.Sprintf("%d.%03d", chance.IntN(200), chance.IntN(1000))
	case "date":
		return fmt.Sprintf("20%02d:%02d:%02d %02d:%02d:%02d", chance.IntN(30), 1+chance.IntN(12), 1+chance.IntN(28), chance.IntN(24), chance.IntN(60), chance.IntN(60))
	case "day":
		return fmt.Sprintf("20%02d:%02d:%02d", chance.IntN(30), 1+chance.IntN(12), 1+chance.IntN(28))
	case "degrees":
		return fmt.Sprintf("%d.%06d", chance.IntN(90), chance.IntN(1_000_000))
	case "serial":
		return fmt.Sprintf("%08d", 1+chance.IntN(99_999_999))
	}
	options := strings.Split(kind, "|")
	return options[chance.IntN(len(options))]
}

// writeSVG makes an SVG file with a packet.
func writeSVG(file string, chance *rand.Rand) error {
	sidecar := file + ".xmp"
	if _, err := exifTool(append(pick(chance, xmpTags), "-q", "-m", "-o", sidecar, "-XMP-dc:Format=image/svg+xml")...); err != nil {
		return err
	}
	packet, err := os.ReadFile(sidecar)
	if err != nil {
		return err
	}
	svg := `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><metadata>` + string(packet) + `</metadata><rect width="4" height="4"/></svg>`
	return os.WriteFile(file, []byte(svg), 0o644)
}
