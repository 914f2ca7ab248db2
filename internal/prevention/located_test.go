package prevention

import "testing"

// TestLocated: what nobody can look at is no proof.
func TestLocated(t *testing.T) {
	t.Parallel()
	for proof, want := range map[string]bool{
		"https://git.example/merge/7": true, "merged in 4f2a91c": true, "commit 1234567": true, "3fe0c1d2aa": true,
		"done, see minutes of 20251001": false, "defaced the wall": false, "done": false, "https://": false, "4f2a9": false,
	} {
		if located(proof) != want {
			t.Errorf("%q names something to look at: %t, want %t", proof, !want, want)
		}
	}
}
