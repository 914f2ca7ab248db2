// Command ours answers compare's rounds with the kernels of this project.
//
//	ours KERNEL FILE…   one round runs the kernel over all files
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/safelight-dev/safelight/lpips"
)

// kernel loads its files and returns one round of its work: the units done.
type kernel func(files []string) (round func() (float64, error), err error)

// kernels has a line for each measured kernel; each stands in a file of its own.
var kernels = map[string]kernel{
	"deltae8":        difference(8, false),
	"deltae8-map":    difference(8, true),
	"deltae16":       difference(16, false),
	"otlp":           ingest("otlp"),
	"palette":        palette,
	"icc":            colourManage,
	"iqa":            structure(allOfRGB),
	"jpeg":           decodeJPEG(1),
	"jpeg-2":         decodeJPEG(2),
	"jpeg-4":         decodeJPEG(4),
	"jpeg-8":         decodeJPEG(8),
	"jpeg-stdlib":    stdlibJPEG,
	"lpips-alex":     lpipsKernel(lpips.Alex),
	"lpips-squeeze":  lpipsKernel(lpips.Squeeze),
	"msssim":         structure(msssimOfRGB),
	"png":            pngKernel,
	"png-stdlib":     pngStdlibKernel,
	"psnr":           structure(psnrOfRGB),
	"rules":          evaluateRules,
	"sentiment":      scoreTexts(false),
	"sentiment-lr":   scoreTexts(true),
	"ssim":           structure(ssimOfPlanes),
	"ssim8":          structure(ssimOfRGB),
	"verdict":        verdict(true),
	"verdict-decode": verdict(false),
	"webp":           decodeWebP,
	"write":          ingest("write"),
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "ours:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var names []string
	for name := range kernels {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(args) == 0 || kernels[args[0]] == nil {
		return fmt.Errorf("usage: ours KERNEL FILE…, with one of %v", names)
	}
	runtime.GOMAXPROCS(1)
	round, err := kernels[args[0]](args[1:])
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		before := userTime()
		units, err := round()
		if err != nil {
			return err
		}
		fmt.Printf("%.6f %.6f\n", units, (userTime() - before).Seconds())
	}
	return nil
}

// userTime is the user CPU time of this process, its garbage collector included, and of the children that it has waited for.
func userTime() time.Duration {
	var total time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			return 0
		}
		total += time.Duration(u.Utime.Nano())
	}
	return total
}
