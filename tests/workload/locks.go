// SPDX-License-Identifier: GPL-2.0-or-later

// Waits for a sync.Mutex whose truth is known, as locks.c has it for pthreads':
//
//	locks-go goroutines|threads NUMBER SECONDS HOLD_US
//
// All goroutines take the lock, sleep, give it back, pause; "threads": each of them has a thread to
// itself, which waits with it. Prints what locks.c prints: the waits, less what of them the threads
// were let go already and waited for a CPU; and in "asleep" how long they slept, less the same.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

var theMutex sync.Mutex

type seen struct {
	locked            bool
	waits, ns, asleep int64
}

// How long the thread has waited for a CPU so far. Goroutines without one of their own do not know.
func runDelay(locked bool) int64 {
	if !locked {
		return 0
	}
	text, err := os.ReadFile("/proc/thread-self/schedstat")
	if err != nil {
		return 0
	}
	delay, _ := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return delay
}

// How long it takes, less what the thread waits for a CPU.
func (s *seen) took(what func()) int64 {
	delay := runDelay(s.locked)
	from := time.Now()
	what()
	return int64(time.Since(from)) - (runDelay(s.locked) - delay)
}

func (s *seen) sleep(d time.Duration) {
	s.asleep += s.took(func() { time.Sleep(d) })
}

//go:noinline
func takeTurn(s *seen, hold time.Duration) {
	if !theMutex.TryLock() {
		s.ns += s.took(theMutex.Lock)
		s.waits++
	}
	s.sleep(hold)
	theMutex.Unlock()
}

func number(i int) int {
	n, err := strconv.Atoi(os.Args[i])
	if err != nil {
		panic(err)
	}
	return n
}

func main() {
	locked := os.Args[1] == "threads"
	n, hold := number(2), time.Duration(number(4))*time.Microsecond
	all := make([]seen, n)
	end := time.Now().Add(time.Duration(number(3)) * time.Second)
	var workers sync.WaitGroup

	for i := 0; i < n; i++ {
		workers.Add(1)
		go func(i int) {
			defer workers.Done()
			if locked {
				runtime.LockOSThread()
				all[i].locked = true
			}
			for time.Now().Before(end) {
				takeTurn(&all[i], hold)
				all[i].sleep(hold/4 + time.Duration(i)*50*time.Microsecond)
			}
		}(i)
	}
	workers.Wait()
	var sum seen
	for _, s := range all {
		sum.waits += s.waits
		sum.ns += s.ns
		sum.asleep += s.asleep
	}
	fmt.Printf("class\t%s\twaits\t%d\tns\t%d\n", os.Args[1], sum.waits, sum.ns)
	fmt.Printf("asleep\t%d\n", sum.asleep)
}
