package codec

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCapabilitiesSayLibraryVersionSandboxAndPackages(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{})
	all, err := p.Capabilities()
	if err != nil {
		t.Fatal(err)
	}
	libraries := map[string]string{"webp": "libwebp", "avif": "libavif", "heic": "libheif", "jxl": "libjxl"}
	if len(all) != len(libraries) {
		t.Fatalf("%d capabilities, want %d", len(all), len(libraries))
	}
	for _, k := range all {
		if k.Problem != "" {
			t.Errorf("%s: %s", k.Format, k.Problem)
			continue
		}
		if k.Library != libraries[k.Format] || !strings.Contains(k.Version, ".") || k.Packages == "" {
			t.Errorf("%+v lacks library, version or packages", k)
		}
		// Landlock depends on how the kernel was built; the limits and the filter do not.
		if !slices.Contains(k.Sandbox, "limits") || !slices.Contains(k.Sandbox, "seccomp") {
			t.Errorf("%s: sandbox %q, want limits and seccomp", k.Format, k.Sandbox)
		}
	}
}

func TestCapabilitiesSayWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{Program: badChild})
	want := Capability{Format: "missing", Problem: "none of libmissing.so.2, libmissing.so.1 is installed (Debian: apt install )"}
	if got := p.capability("missing"); got.Problem != want.Problem || got.Library != "" {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestPackagesFollowTheRelease(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, release, want string }{
		{"avif", "debian 12", "libavif15"},
		{"avif", "debian 13", "libavif16"},
		{"avif", "debian 14", "libavif15 or libavif16"},
		{"heic", "debian 13", "libheif1 libheif-plugin-libde265"},
		{"webp", "fedora 42", "libwebp7 libwebpdemux2"},
	} {
		if got := packagesFor(c.format, c.release); got != c.want {
			t.Errorf("%s on %s: %q, want %q", c.format, c.release, got, c.want)
		}
	}
}

func TestProgramIsFoundOnPATH(t *testing.T) {
	t.Setenv("PATH", filepath.Dir(realChild))
	p := New(Options{})
	defer p.Close()
	if all, err := p.Capabilities(); err != nil || all[0].Problem != "" {
		t.Errorf("got %+v, %v; want the child found on PATH", all, err)
	}
}
