// SPDX-License-Identifier: GPL-2.0-or-later
// Burns CPU in compiled JavaScript and in the runtime, for a number of seconds.
function fib(n) {
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

function work() {
	const list = [];
	for (let i = 0; i < 1000; i++) list.push({ a: i, b: String(i) });
	list.sort((x, y) => y.a - x.a);
	return JSON.stringify(list).length + fib(18);
}

const end = Date.now() + Number(process.argv[2]) * 1000;
let total = 0;
while (Date.now() < end) total += work();
