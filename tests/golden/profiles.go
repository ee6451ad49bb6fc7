// SPDX-License-Identifier: GPL-2.0-or-later

// Writes the profiles that Go's own runtime makes into the folder it is given: cpu, heap, mutex,
// goroutine, and block without samples.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

var kept [][]byte

//go:noinline
func spinForGold(until time.Time) (n int) {
	for time.Now().Before(until) {
		for i := 0; i < 10000; i++ {
			n += i * i
		}
	}
	return n
}

//go:noinline
func keepForGold() {
	for i := 0; i < 64; i++ {
		kept = append(kept, make([]byte, 1<<20))
	}
}

func contend() {
	var mu sync.Mutex
	var wg sync.WaitGroup

	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 5; j++ {
				mu.Lock()
				time.Sleep(time.Millisecond)
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func create(name string) *os.File {
	file, err := os.Create(filepath.Join(os.Args[1], name))
	check(err)
	return file
}

func main() {
	runtime.MemProfileRate = 1 // every byte: sampling would scatter by 5 %
	runtime.SetMutexProfileFraction(1)
	cpu := create("go-cpu.pprof")
	check(pprof.StartCPUProfile(cpu))
	spinForGold(time.Now().Add(700 * time.Millisecond))
	pprof.StopCPUProfile()
	check(cpu.Close())
	keepForGold()
	contend()
	runtime.GC()
	for _, name := range []string{"heap", "mutex", "goroutine", "block"} {
		file := create("go-" + name + ".pprof")
		check(pprof.Lookup(name).WriteTo(file, 0))
		check(file.Close())
	}
	runtime.KeepAlive(kept)
}
