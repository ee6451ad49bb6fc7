// SPDX-License-Identifier: GPL-2.0-or-later

// Burns CPU in C called from Go, and in Go called back from that.
package main

/*
void goBack(int n);

static unsigned long sink;

static __attribute__((noinline)) void c_leaf(int n)
{
	for (int i = 0; i < n; i++)
		sink = sink * 1664525 + 1013904223;
	__asm__ volatile("");
}

static __attribute__((noinline)) void c_work(int n)
{
	c_leaf(n);
	__asm__ volatile("");
}

static __attribute__((noinline)) void c_back(int n)
{
	goBack(n);
	__asm__ volatile("");
}
*/
import "C"

import (
	"os"
	"strconv"
	"time"
)

//go:noinline
func inGo(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		sum += i * i % 7
	}
	return sum
}

//export goBack
func goBack(n C.int) {
	inGo(int(n))
	C.c_work(n)
}

//go:noinline
func callC(n int) {
	C.c_work(C.int(n))
}

//go:noinline
func callBack(n int) {
	C.c_back(C.int(n))
}

func main() {
	seconds, _ := strconv.Atoi(os.Args[1])
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	for time.Now().Before(end) {
		callC(100000)
		callBack(100000)
	}
}
