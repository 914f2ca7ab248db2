package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/codec"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/weights"
	"github.com/safelight-dev/safelight/lpips"
)

func TestKernelsAreNamedByWhatTheProcessorHas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		features []string
		plain    bool
		want     string
	}{
		{nil, false, kernelsPlain},
		{[]string{"avx2"}, false, kernelsPlain},
		{[]string{"avx2", "fma"}, false, kernelsAVX2},
		{[]string{"avx2", "fma", "avx512f"}, false, kernelsAVX512},
		{[]string{"avx2", "fma", "avx512f"}, true, kernelsPlain},
	} {
		if got := kernelsFor(c.features, c.plain); got != c.want {
			t.Errorf("kernels with %v, plain %v: %q, want %q", c.features, c.plain, got, c.want)
		}
	}
}

func TestFormatsAreMarkedByLibraryAndSandbox(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k    codec.Capability
		want mark
	}{
		{codec.Capability{Format: "avif", Library: "libavif", Version: "1.0"}, markOK},
		{codec.Capability{Format: "avif", Library: "libavif", Version: "1.0", Problem: "no seccomp"}, markWarning},
		{codec.Capability{Format: "avif", Problem: "none is installed", Packages: "libavif15"}, markMissing},
	} {
		if got := nativeFormat(c.k).Mark; got != c.want {
			t.Errorf("%+v is %s, want %s", c.k, got, c.want)
		}
	}
}

func TestWeightsAreMarkedByWhatTheyCanDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s    weights.Status
		want mark
	}{
		{weights.Status{}, markMissing},
		{weights.Status{Present: true}, markMissing},
		{weights.Status{Present: true, Complete: true, Published: true}, markOK},
		{weights.Status{Present: true, Complete: true}, markWarning},
		{weights.Status{Present: true, Complete: true, Published: true, Damage: "torn"}, markWarning},
	} {
		if got := weightsMark(c.s); got != c.want {
			t.Errorf("%+v is %s, want %s", c.s, got, c.want)
		}
	}
}

func TestOnlyWhatAPipelineRequiresIsNeeded(t *testing.T) {
	t.Parallel()
	config := app.DefaultConfig()
	b := config.Watch.Classes[pipeline.Product]
	b.RequireLPIPS = true
	config.Watch.Classes[pipeline.Product] = b
	none := []weights.Status{{Network: lpips.Alex}}
	if got := examineNeeds(config, none); len(got) != 1 || got[0].Mark != markWarning || got[0].What != "lpips.limited" {
		t.Errorf("without pipelines %+v is told, want one warning, since the classes limit LPIPS", got)
	}
	config.Watch.Pipelines = map[string]pipeline.Pipeline{"p": {Class: pipeline.Product}}
	if got := examineNeeds(config, none); len(got) != 1 || got[0].Mark != markError || got[0].Name != "alex" {
		t.Errorf("without the weights: %+v, want one error of alex", got)
	}
	b.RequireLPIPS = false
	config.Watch.Classes[pipeline.Product] = b
	if got := examineNeeds(config, none); len(got) != 1 || got[0].Mark != markWarning || got[0].Reason == "" {
		t.Errorf("without the weights for a limit that is not required: %+v, want one warning", got)
	}
	b.RequireLPIPS = true
	config.Watch.Classes[pipeline.Product] = b
	here := []weights.Status{{Network: lpips.Alex, Present: true, Complete: true}}
	if got := examineNeeds(config, here); len(got) != 1 || got[0].Mark != markOK {
		t.Errorf("with the weights: %+v, want one finding that is ok", got)
	}
	config.Codec = filepath.Join(t.TempDir(), "none")
	if got := examineNeeds(config, here); len(got) != 2 || got[1].Mark != markError || got[1].Reason == "" {
		t.Errorf("with a codec that is not there: %+v, want an error with its reason", got)
	}
}

func TestAddressesAreReachedWithoutSending(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	list := []finding{{Mark: markOK, dial: l.Addr().String()}, {Mark: markOK, dial: gone.Addr().String()}, {Mark: markOK}}
	reach(context.Background(), list)
	if list[0].Mark != markOK || list[1].Mark != markError || list[2].Mark != markOK {
		t.Errorf("marks %s, %s, %s; want ok, error, ok", list[0].Mark, list[1].Mark, list[2].Mark)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("the doctor sent %d bytes, want none", n)
	}
}

func TestOriginsAreDialledAtTheirPort(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"http://images.example/x": "images.example:http", "https://images.example": "images.example:https",
		"https://images.example:8443/": "images.example:8443", "http://[::1]:80": "[::1]:80", "http://[::1]/": "[::1]:http",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := hostPort(u); got != want {
			t.Errorf("%s is dialled at %s, want %s", text, got, want)
		}
	}
}

func TestTheHolderOfTheLockIsSaidAndNotDisturbed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, held, err := lockHolder(dir); held || err != nil {
		t.Errorf("without a lock file: held %v, %v; want not held", held, err)
	}
	f, err := os.Create(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(strconv.Itoa(os.Getpid()) + "\n"); err != nil {
		t.Fatal(err)
	}
	if _, held, err := lockHolder(dir); held || err != nil {
		t.Errorf("with a lock file of a process that ended: held %v, %v; want not held", held, err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Fatalf("the doctor kept the lock: %v", err)
	}
	if pid, held, err := lockHolder(dir); !held || err != nil || pid != strconv.Itoa(os.Getpid()) {
		t.Errorf("with the lock held: process %q, held %v, %v; want this process", pid, held, err)
	}
}

// TestThePictureIsTheSameEverywhere: speeds of two machines are compared, so
// both must decode the same picture.
func TestThePictureIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256(likePhoto(200, 150).Pix)
	const want = "97effeac5066fbfb"
	if got := hex.EncodeToString(sum[:8]); got != want {
		t.Errorf("the picture has the digest %s, want %s", got, want)
	}
	s, err := newSample(thorough.side)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.jpegRef); n < 200_000 || n > 475_000 {
		t.Errorf("the JPEG takes %d bytes a megapixel, photographs 200,000 to 475,000", n)
	}
	if n := len(s.png); n < 1_250_000 || n > 2_250_000 {
		t.Errorf("the PNG takes %d bytes a megapixel, photographs 1,250,000 to 2,250,000", n)
	}
}

func TestARateCountsRunsAndEndsWithTheContext(t *testing.T) {
	t.Parallel()
	runs := 0
	got, err := rate(context.Background(), time.Millisecond, 2e6, func() error { runs++; return nil })
	if err != nil || runs < 2 || got < 2*float64(runs-1)/60 {
		t.Errorf("%d runs gave %g MP/s, %v", runs, got, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := rate(ctx, time.Hour, 1, func() error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: %v, want its error", err)
	}
	broken := errors.New("broken")
	if _, err := rate(context.Background(), time.Hour, 1, func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("where the measured thing fails: %v, want its error", err)
	}
}

func TestTheCheckIsOneThatFindsTheDrift(t *testing.T) {
	t.Parallel()
	s, err := newSample(thorough.side)
	if err != nil {
		t.Fatal(err)
	}
	c := newChecker(s)
	if err := c.run(); err != nil {
		t.Fatal(err)
	}
	check, err := c.meter.Measure(source("a", s.jpegRef, &c.ref), source("b", s.jpegCand, &c.cand))
	if err != nil || check.DeltaE00.Mean < 0.3 || check.SSIM == nil || *check.SSIM >= 1 {
		t.Errorf("the sample measures %+v, %v; want a drift that costs what drifts cost", check.DeltaE00, err)
	}
}

func TestSpeedsAreWrittenWithThreeDigits(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0.954: "0.95", 45.94: "45.9", 173.5: "174", 1234: "1,234"} {
		if got := number(phrase.English, v); got != want {
			t.Errorf("%g is written %s, want %s", v, got, want)
		}
	}
}
