// SPDX-License-Identifier: GPL-2.0-or-later

// Burns CPU in two goroutines under a storm of signals: the one with which the runtime preempts a
// goroutine (it makes it call runtime.asyncPreempt from wherever it was), and its profiler's.
package main

import (
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"
	"syscall"
	"time"
)

//go:noinline
func leaf(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		sum += i * i % 7
	}
	return sum
}

//go:noinline
func work(n int) int {
	return leaf(n) + leaf(n/2)
}

func main() {
	seconds, _ := strconv.Atoi(os.Args[1])
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	var group sync.WaitGroup

	pprof.StartCPUProfile(io.Discard)
	for i := 0; i < 2; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			runtime.LockOSThread()
			for i := 0; i%1024 != 0 || time.Now().Before(end); i++ {
				work(300)
				syscall.Tgkill(os.Getpid(), syscall.Gettid(), syscall.SIGURG)
			}
		}()
	}
	group.Add(1)
	go func() {
		defer group.Done()
		for time.Now().Before(end) {
			runtime.GC() // stops all others, wherever they are
			time.Sleep(20 * time.Millisecond)
		}
	}()
	group.Wait()
	pprof.StopCPUProfile()
}
