// SPDX-License-Identifier: GPL-2.0-or-later

// burn-go SECONDS: burns SECONDS of wall time on one goroutine, 70 percent of the work in
// main.hotA and 30 percent in main.hotB, both called by main.middle, and prints how long each took.
// The table makes each of them keep a frame: Go leaves it out of functions that need no stack.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"
)

var sink uint64

//go:noinline
func hotA(n int) {
	var table [16]uint64
	x := sink
	for i := 0; i < n; i++ {
		x = x*2862933555777941757 + 3037000493
		table[x>>60] += x
	}
	sink = table[x>>60]
}

//go:noinline
func hotB(n int) {
	var table [16]uint64
	x := sink
	for i := 0; i < n; i++ {
		x = x*3935559000370003845 + 2691343689449507681
		table[x>>60] += x
	}
	sink = table[x>>60]
}

//go:noinline
func middle(a bool, n int) {
	if a {
		hotA(n)
	} else {
		hotB(n)
	}
}

func main() {
	seconds := 1.0
	if len(os.Args) > 1 {
		if v, err := strconv.ParseFloat(os.Args[1], 64); err == nil {
			seconds = v
		}
	}
	runtime.LockOSThread()
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	var used [2]time.Duration
	for n := 300000; time.Now().Before(end); n = 300000 + (n*7919)%700000 {
		start := time.Now()
		a := used[0]*3 <= used[1]*7
		middle(a, n)
		which := 1
		if a {
			which = 0
		}
		used[which] += time.Since(start)
	}
	fmt.Printf("hotA %d hotB %d\n", used[0].Nanoseconds(), used[1].Nanoseconds())
}
