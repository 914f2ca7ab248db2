package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/safelight-dev/safelight/metadata"
)

// speed reads all files from memory on one core for two seconds. Collecting garbage is counted too.
func speed(files []string) error {
	runtime.GOMAXPROCS(1)
	var all [][]byte
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		all = append(all, data)
	}
	times := make([]time.Duration, len(all))
	for i := range times {
		times[i] = time.Hour
	}
	start, rounds := userTime(), 0
	for ; userTime()-start < 2*time.Second; rounds++ {
		for i, data := range all {
			before := time.Now()
			d, err := metadata.Read(data, metadata.Limits{})
			if err != nil {
				return err
			}
			d.Personal()
			times[i] = min(times[i], time.Since(before))
		}
	}
	rate := float64(rounds*len(all)) / (userTime() - start).Seconds()
	slices.Sort(times)
	at := func(p int) time.Duration { return times[len(times)*p/100].Round(time.Microsecond) }
	fmt.Printf("\nRead and Personal from memory on one core: %.0f files a second of user CPU time; p50 %v, p95 %v, slowest %v (%d files)\n",
		rate, at(50), at(95), times[len(times)-1].Round(time.Microsecond), len(times))
	return nil
}

// userTime is the user CPU time of this process.
func userTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano())
}
