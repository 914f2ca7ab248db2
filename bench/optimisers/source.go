package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/safelight-dev/safelight/cbor"
)

// makeSource writes a picture of 640×480 in Display P3, whose halves differ, with tags by ExifTool and a manifest by
// the official C2PA tool.
func makeSource(file, node string) error {
	ext := filepath.Ext(file)
	plain, small := file+".plain.png", file+".thumb.jpg"
	picture := image.NewRGBA(image.Rect(0, 0, 640, 480))
	thumbnail := image.NewRGBA(image.Rect(0, 0, 160, 120))
	for y := range 480 {
		for x := range 640 {
			c := color.RGBA{uint8(x / 3), uint8(y / 2), 90, 255}
			if x >= 320 {
				c = color.RGBA{230, uint8(x / 4), uint8(y / 3), 255}
			}
			picture.Set(x, y, c)
			thumbnail.Set(x/4, y/4, c)
		}
	}
	err := errors.Join(
		create(plain, func(f *os.File) error { return png.Encode(f, picture) }),
		create(small, func(f *os.File) error { return jpeg.Encode(f, thumbnail, nil) }),
		command("vips", "icc_transform", plain, file, "p3", "--input-profile", "srgb"),
		command("exiftool", append(append([]string{"-q", "-overwrite_original"}, tags(ext, small)...), file)...))
	if err != nil {
		return err
	}
	return sign(file, map[string]string{".jpg": "image/jpeg", ".png": "image/png"}[ext], node)
}

func create(path string, write func(*os.File) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// tags are what a photographer, a camera and an agency write.
func tags(ext, thumbnail string) []string {
	list := []string{
		"-EXIF:Make=Maker", "-EXIF:Model=Model 1", "-EXIF:Artist=Ann Example", "-EXIF:Copyright=© Ann Example", "-EXIF:ImageDescription=A beach", "-EXIF:Orientation#=1",
		"-EXIF:DateTimeOriginal=2026:11:26 10:00:00", "-EXIF:SerialNumber=123456", "-EXIF:OwnerName=Ann Example", "-EXIF:UserComment=call +44 20 7946 0000",
		"-EXIF:GPSLatitude=48.1", "-EXIF:GPSLatitudeRef=N", "-EXIF:GPSLongitude=1.5", "-EXIF:GPSLongitudeRef=W", "-EXIF:GPSAltitude=3", "-EXIF:GPSDateStamp=2026:11:26",
		"-XMP-dc:Creator=Ann Example", "-XMP-dc:Rights=© Ann Example", "-XMP-dc:Description=A beach", "-XMP-dc:Subject=sea", "-XMP-dc:Subject=sun", "-XMP-photoshop:Credit=Agency",
		"-XMP-xmpRights:WebStatement=https://example.org/licence", "-XMP-iptcExt:PersonInImage=Ben Example", "-XMP-plus:ModelReleaseStatus=MR-LMR",
		"-XMP-iptcExt:DigitalSourceType=http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture", "-XMP-iptcCore:CreatorWorkEmail=ann@example.org",
		"-IPTC:By-line=Ann Example", "-IPTC:CopyrightNotice=© Ann Example", "-IPTC:Caption-Abstract=A beach", "-IPTC:Keywords=sea", "-IPTC:Credit=Agency", "-IPTC:City=Brest",
	}
	if ext == ".jpg" {
		list = append(list, "-ThumbnailImage<="+thumbnail)
	}
	return list
}

// sign adds a manifest, in the place of the file.
func sign(file, mime, node string) error {
	cmd := exec.Command("node", "bench/c2pa/official.mjs", node)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start Node (Debian's nodejs): %w", err)
	}
	in, out := json.NewEncoder(stdin), json.NewDecoder(stdout)
	manifest := `{"claim_generator_info":[{"name":"Safelight","version":"1"}],"title":"source","assertions":[{"label":"c2pa.actions","data":{"actions":` +
		`[{"action":"c2pa.created","digitalSourceType":"http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"}]}}]}`
	const room = 16384
	err = in.Encode(map[string]any{"op": "sign", "path": file, "mime": mime, "manifest": manifest, "alg": "es256", "reserve": room, "out": file})
	var answer struct{ Claim, Error string }
	if err == nil {
		err = out.Decode(&answer)
	}
	if err == nil && answer.Error != "" {
		err = errors.New(answer.Error)
	}
	if err == nil {
		err = answerClaim(in, answer.Claim, room)
	}
	if err == nil {
		err = out.Decode(&answer)
	}
	if err == nil && answer.Error != "" {
		err = errors.New(answer.Error)
	}
	return errors.Join(err, stdin.Close(), cmd.Wait())
}

func answerClaim(in *json.Encoder, claim string, room int) error {
	raw, err := base64.StdEncoding.DecodeString(claim)
	if err != nil {
		return err
	}
	signature, err := cose(raw, room)
	if err != nil {
		return err
	}
	return in.Encode(map[string]string{"cose": base64.StdEncoding.EncodeToString(signature)})
}

// cose signs a claim (C2PA 2.4, 13.2; RFC 9052, 4.2) with a key and a certificate made for it, in so many bytes.
func cose(claim []byte, size int) ([]byte, error) {
	key, certificate, err := identity()
	if err != nil {
		return nil, err
	}
	protected := cbor.AppendHead(nil, cbor.MajorMap, 2)
	protected = append(protected, 1, 0x26, 0x18, 33) // alg: ES256; x5chain
	protected = cbor.AppendBytes(cbor.AppendHead(protected, cbor.MajorArray, 1), certificate)
	message := cbor.AppendText(cbor.AppendHead(nil, cbor.MajorArray, 4), "Signature1")
	message = cbor.AppendBytes(cbor.AppendBytes(cbor.AppendBytes(message, protected), nil), claim)
	digest := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return nil, err
	}
	signature := s.FillBytes(r.FillBytes(make([]byte, 64))[32:])
	signature = append(r.FillBytes(make([]byte, 32)), signature...)
	write := func(pad int) []byte {
		out := cbor.AppendBytes(cbor.AppendHead([]byte{0xd2}, cbor.MajorArray, 4), protected)
		out = cbor.AppendText(cbor.AppendHead(out, cbor.MajorMap, 1), "pad")
		return cbor.AppendBytes(append(cbor.AppendBytes(out, make([]byte, pad)), 0xf6), signature)
	}
	const large = 1000 // from here on the length of the padding's own length stays the same
	return write(large + size - len(write(large))), nil
}

// identity makes a key and the certificate of a signer of claims.
func identity() (*ecdsa.PrivateKey, []byte, error) {
	root, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root", Organization: []string{"Safelight"}}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, SubjectKeyId: []byte("root")}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Signer", Organization: []string{"Safelight"}}, NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 6, 0),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, SubjectKeyId: []byte("leaf")}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), root)
	return key, der, err
}
