package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// tool is one way to call an optimiser. In its arguments IN and OUT stand for files; those that cut leave the right
// half of the picture away.
type tool struct {
	name string
	args string
	to   map[string][]string // extension of the source → of the results
}

func from(jpg, png string) map[string][]string {
	return map[string][]string{"jpg": strings.Fields(jpg), "png": strings.Fields(png)}
}

// imageMagick is Debian's name for it, which other programs named convert do not hide.
const imageMagick = "convert-im6.q16"

var tools = []tool{
	{"jpegtran -copy none", "jpegtran -copy none -outfile OUT IN", from("jpg", "")},
	{"jpegtran -copy all", "jpegtran -copy all -outfile OUT IN", from("jpg", "")},
	{"cwebp", "cwebp -quiet -crop 0 0 320 480 IN -o OUT", from("webp", "webp")},
	{"cwebp -metadata all", "cwebp -quiet -metadata all -crop 0 0 320 480 IN -o OUT", from("webp", "webp")},
	{"avifenc", "avifenc -s 9 IN OUT", from("avif", "avif")},
	{"avifenc --ignore-exif --ignore-xmp --ignore-icc", "avifenc -s 9 --ignore-exif --ignore-xmp --ignore-icc IN OUT", from("avif", "avif")},
	{"heif-enc", "heif-enc -o OUT IN", from("heic", "heic")},
	{"cjxl", "cjxl -e 3 IN OUT", from("jxl", "jxl")},
	{"cjxl --lossless_jpeg=0", "cjxl -e 3 --lossless_jpeg=0 IN OUT", from("jxl", "")},
	{"ImageMagick -crop", imageMagick + " IN -crop 320x480+0+0 +repage OUT", from("jpg png webp tif gif", "jpg png webp tif gif")},
	{"ImageMagick -crop -strip", imageMagick + " IN -crop 320x480+0+0 +repage -strip OUT", from("jpg png webp", "jpg png webp")},
	{"vips crop", "vips crop IN OUT 0 0 320 480", from("jpg png webp avif tif", "jpg png webp avif tif")},
	{"vips crop [strip]", "vips crop IN OUT[strip] 0 0 320 480", from("jpg webp", "png webp")},
	{"vipsthumbnail", "vipsthumbnail IN --size 320x320 --smartcrop low -o OUT", from("jpg webp", "png webp")},
	{"sharp", "sharp x", from("jpg png webp avif", "jpg png webp avif")},
	{"sharp keepMetadata()", "sharp x.keepMetadata()", from("jpg png webp avif tif", "jpg png webp avif")},
	{"sharp keepExif()", "sharp x.keepExif()", from("jpg webp", "png webp")},
	{"sharp keepIccProfile()", "sharp x.keepIccProfile()", from("jpg webp", "png webp")},
}

func (t tool) run(node, in, out string) error {
	fill := strings.NewReplacer("IN", in, "OUT", out)
	if script, ok := strings.CutPrefix(t.args, "sharp x"); ok {
		pkg, err := filepath.Abs(filepath.Join(node, "node_modules", "sharp"))
		if err != nil {
			return err
		}
		return command("node", "-e", fmt.Sprintf("require(%q)(%q).extract({left:0,top:0,width:320,height:480})%s.toFile(%q).catch(e=>{console.error(e);process.exit(1)})", pkg, in, script, out))
	}
	var args []string
	for _, a := range strings.Fields(t.args) {
		args = append(args, fill.Replace(a))
	}
	return command(args[0], args[1:]...)
}
