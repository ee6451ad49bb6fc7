// SPDX-License-Identifier: GPL-2.0-or-later

// Burns CPU where Go's runtime works on its system stack for a goroutine: memory of which each page
// is new, maps that grow, and recursion in new goroutines, whose stacks must grow.
package main

import (
	"os"
	"strconv"
	"sync"
	"time"
)

type block [32 << 10]byte

var kept [64]*block

//go:noinline
func allocate(n int) {
	for i := 0; i < n; i++ {
		kept[i%len(kept)] = new(block)
	}
}

//go:noinline
func fill(n int) int {
	m := map[int]int{}
	for i := 0; i < n; i++ {
		m[i] = i
	}
	return len(m)
}

//go:noinline
func dive(depth int) byte {
	var frame [1024]byte

	frame[depth] = byte(depth)
	if depth == 0 {
		return frame[0]
	}
	return dive(depth-1) + frame[depth]
}

//go:noinline
func grow() {
	var group sync.WaitGroup

	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			dive(60)
		}()
	}
	group.Wait()
}

func main() {
	seconds, _ := strconv.Atoi(os.Args[1])
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	for time.Now().Before(end) {
		allocate(100)
		fill(3000)
		for i := 0; i < 20; i++ {
			grow()
		}
	}
}
