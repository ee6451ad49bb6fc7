// SPDX-License-Identifier: GPL-2.0-or-later
/** Burns CPU in compiled Java for a number of seconds. */
public class Burn {
	static long fib(int n) {
		return n < 2 ? n : fib(n - 1) + fib(n - 2);
	}

	public static void main(String[] args) {
		long end = System.nanoTime() + Long.parseLong(args[0]) * 1000000000L, total = 0;
		while (System.nanoTime() < end)
			total += fib(24);
		System.exit(total == -1 ? 1 : 0);
	}
}
