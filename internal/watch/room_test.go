package watch

import "testing"

func TestRoomFor(t *testing.T) {
	last, lastClass := int64(0), -1
	for size := int64(0); size < 1<<22; size += 1 + size/97 {
		capacity, class := roomFor(size)
		if capacity < size || size > 5<<10 && 4*capacity > 5*size+4 {
			t.Fatalf("%d bytes get room for %d", size, capacity)
		}
		if again, same := roomFor(capacity); again != capacity || same != class {
			t.Fatalf("a buffer of %d is of class %d, and room for %d of class %d", capacity, class, again, same)
		}
		if (capacity > last) != (class > lastClass) {
			t.Fatalf("%d bytes: capacity %d of class %d after %d of class %d", size, capacity, class, last, lastClass)
		}
		last, lastClass = capacity, class
	}
	if _, class := roomFor(1<<62 - 1); class > 255 {
		t.Errorf("class %d has no pool", class)
	}
}
