package pixels

import (
	"slices"
	"testing"
)

// The sides of a picture are sizes, not amounts: no language groups their digits.
func TestTheSidesOfARefusedPictureAreNotGrouped(t *testing.T) {
	t.Parallel()
	_, args := (&Error{Kind: ErrTooManyPixels, Format: "PNG", Width: 1216, Height: 30000, Limit: 9}).Phrase()
	if !slices.Contains(args, any("1216")) || !slices.Contains(args, any("30000")) {
		t.Fatalf("the sides are %v", args)
	}
}
