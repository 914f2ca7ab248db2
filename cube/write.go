package cube

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// Write writes the table as .cube text with the shortest numbers that read back exactly: [Read] gives an equal table.
// Its errors are those of w.
func (l *LUT) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	if l.title != "" {
		fmt.Fprintf(out, "TITLE \"%s\"\n", l.title)
	}
	fmt.Fprintf(out, "LUT_%dD_SIZE %d\n", l.dims, l.size)
	var line []byte
	numbers := func(head string, values ...float32) {
		line = append(line[:0], head...)
		for i, v := range values {
			if i > 0 {
				line = append(line, ' ')
			}
			line = strconv.AppendFloat(line, float64(v), 'g', -1, 32)
		}
		out.Write(append(line, '\n')) // a bufio.Writer keeps its first error for Flush
	}
	if l.min != [3]float64{} || l.max != [3]float64{1, 1, 1} {
		numbers("DOMAIN_MIN ", float32(l.min[0]), float32(l.min[1]), float32(l.min[2]))
		numbers("DOMAIN_MAX ", float32(l.max[0]), float32(l.max[1]), float32(l.max[2]))
	}
	for i := 0; i < len(l.table); i += 3 {
		numbers("", l.table[i:i+3]...)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write .cube: %w", err)
	}
	return nil
}
