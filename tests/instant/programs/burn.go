// SPDX-License-Identifier: GPL-2.0-or-later

// Burns CPU in four goroutines, with frames, garbage and calls through interfaces.
package main

import (
	"os"
	"sort"
	"strconv"
	"sync"
	"time"
)

//go:noinline
func leaf(n int) int {
	if n < 2 {
		return n
	}
	return leaf(n-1) + leaf(n-2)
}

//go:noinline
func work(n int) int {
	var words []string
	for i := 0; i < 200; i++ {
		words = append(words, strconv.Itoa(i*7919%1000))
	}
	sort.Strings(words)
	return len(words) + leaf(n)
}

func main() {
	seconds, _ := strconv.Atoi(os.Args[1])
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	var group sync.WaitGroup
	for i := 0; i < 4; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for time.Now().Before(end) {
				work(18)
			}
		}()
	}
	group.Wait()
}
