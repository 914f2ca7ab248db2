//go:build c2pa

package provenance

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// official is the official tool, c2pa-rs by @contentauth/c2pa-wasm, in a process of Node.
type official struct {
	t   testing.TB
	in  *json.Encoder
	out *json.Decoder
}

// startOfficial needs SAFELIGHT_C2PA, the folder into which the package was installed (bench/c2pa.sh does it).
func startOfficial(t testing.TB) *official {
	t.Helper()
	dir := os.Getenv("SAFELIGHT_C2PA")
	if dir == "" {
		t.Fatal("set SAFELIGHT_C2PA to a folder with node_modules/@contentauth/c2pa-wasm, as bench/c2pa.sh does")
	}
	cmd := exec.Command("node", "../bench/c2pa/official.mjs", dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start Node (Debian's nodejs): %v", err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	return &official{t, json.NewEncoder(in), json.NewDecoder(bufio.NewReaderSize(out, 1<<20))}
}

// signRequest is one image to sign.
type signRequest struct {
	Op          string               `json:"op"`
	Path        string               `json:"path"`
	MIME        string               `json:"mime"`
	Manifest    string               `json:"manifest"`
	Settings    *string              `json:"settings,omitempty"`
	Intent      any                  `json:"intent,omitempty"`
	Ingredients []officialIngredient `json:"ingredients,omitempty"`
	Redact      string               `json:"redact,omitempty"`
	Reserve     int                  `json:"reserve,omitempty"`
	Alg         string               `json:"alg"`
	Out         string               `json:"out"`
}

type officialIngredient struct {
	JSON string `json:"json"`
	MIME string `json:"mime"`
	Path string `json:"path"`
}

// verdict is what the official tool says of an image.
type officialVerdict struct {
	State   string `json:"state"`
	Error   string `json:"error"`
	NS      int64  `json:"ns"`
	Results struct {
		Active officialCodes `json:"activeManifest"`
		Deltas []struct {
			URI    string        `json:"ingredientAssertionURI"`
			Deltas officialCodes `json:"validationDeltas"`
		} `json:"ingredientDeltas"`
	} `json:"results"`
}

type officialCodes struct {
	Success, Informational, Failure []struct {
		Code, URL, Explanation string
	}
}

func (o *official) read(path, mime string, settings *string) officialVerdict {
	o.t.Helper()
	if err := o.in.Encode(map[string]any{"op": "read", "path": path, "mime": mime, "settings": settings}); err != nil {
		o.t.Fatal(err)
	}
	var v officialVerdict
	if err := o.out.Decode(&v); err != nil {
		o.t.Fatal(err)
	}
	return v
}

// sign lets the official tool sign with an identity of ours.
func (o *official) sign(r signRequest, id identity, c coseOptions) error {
	o.t.Helper()
	r.Op, r.Alg = "sign", map[int64]string{-7: "es256", -35: "es384", -36: "es512", -37: "ps256", -38: "ps384", -39: "ps512", -8: "ed25519"}[id.alg]
	if err := o.in.Encode(r); err != nil {
		o.t.Fatal(err)
	}
	if c.size = 16384; r.Reserve > 0 { // what official.mjs reserves
		c.size = r.Reserve
	}
	for {
		var answer struct {
			Claim  string
			Signed bool
			Error  string
		}
		if err := o.out.Decode(&answer); err != nil {
			o.t.Fatal(err)
		}
		switch {
		case answer.Signed:
			return nil
		case answer.Error != "":
			return errors.New(answer.Error)
		}
		claim, err := base64.StdEncoding.DecodeString(answer.Claim)
		if err != nil {
			o.t.Fatal(err)
		}
		if err := o.in.Encode(map[string]string{"cose": base64.StdEncoding.EncodeToString(id.sign(o.t, claim, c))}); err != nil {
			o.t.Fatal(err)
		}
	}
}

// mimes are the formats' media types, as the official tool wants them.
var mimes = map[string]string{"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "tif": "image/tiff",
	"avif": "image/avif", "heic": "image/heic", "jxl": "image/jxl", "svg": "image/svg+xml"}

// pictures writes one small picture in every format, with the tools of Debian.
func pictures(t testing.TB, dir string, w, h int) map[string]string {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	pal := image.NewPaletted(img.Rect, color.Palette{color.Black, color.White, color.NRGBA{200, 80, 40, 255}, color.NRGBA{30, 90, 160, 255}})
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x * 2), uint8(y * 4), uint8((x ^ y) * 3), 255})
			pal.SetColorIndex(x, y, uint8((x/8+y/8)%4))
		}
	}
	paths := map[string]string{}
	create := func(ext string, write func(*os.File) error) {
		paths[ext] = filepath.Join(dir, "plain."+ext)
		f, err := os.Create(paths[ext])
		if err == nil {
			err = errors.Join(write(f), f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	create("png", func(f *os.File) error { return png.Encode(f, img) })
	create("jpg", func(f *os.File) error { return jpeg.Encode(f, img, nil) })
	create("gif", func(f *os.File) error { return gif.Encode(f, pal, nil) })
	create("svg", func(f *os.File) error {
		_, err := f.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="64"><rect width="96" height="64" fill="#36c"/></svg>` + "\n")
		return err
	})
	for _, c := range [][]string{
		{"webp", "cwebp", "-quiet", paths["png"], "-o", "OUT"}, {"tif", "vips", "copy", paths["png"], "OUT"},
		{"avif", "avifenc", "-s", "10", paths["png"], "OUT"}, {"heic", "heif-enc", paths["png"], "-o", "OUT"},
		{"jxl", "cjxl", paths["png"], "OUT", "--container=1"},
	} {
		paths[c[0]] = filepath.Join(dir, "plain."+c[0])
		c[len(c)-1] = paths[c[0]]
		if c[0] == "jxl" {
			c[3], c[4] = paths["jxl"], "--container=1"
		}
		if out, err := exec.Command(c[1], c[2:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v (Debian's webp, libvips-tools, libavif-bin, libheif-examples, libjxl-tools): %v: %s", c, err, out)
		}
	}
	return paths
}

// large is a picture of noise, with more than a hundred kilobytes of data.
func large(t testing.TB, dir, ext string) string {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 256, 192))
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(rng.Uint32()) | byte(255*(i%4/3))
	}
	from, to := filepath.Join(dir, "large.png"), filepath.Join(dir, "large."+ext)
	f, err := os.Create(from)
	if err == nil {
		err = errors.Join(png.Encode(f, img), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("avifenc", "-s", "10", "--min", "0", "--max", "4", from, to)
	if ext == "heic" {
		cmd = exec.Command("heif-enc", "-q", "95", from, "-o", to)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v: %s", cmd, err, out)
	}
	return to
}
