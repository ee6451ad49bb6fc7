// SPDX-License-Identifier: GPL-2.0-or-later
// locks.mjs FOLDER: opens locks.html (the kept recording of locks), both.html (the same with a
// ledger) and thousands.html (5,000 locks more) and uses the tab of locks.
import {browser, check, equal, has, open, outcome, press, run, settle, text} from "./browser.mjs";

const shots = process.env.SHOTS;
const names = page => page.locator("#locks-rows .row .k-label").allInnerTexts();
const rows = page => page.locator("#locks-rows .row").allInnerTexts();
const selected = page => text(page, "#tabs [aria-selected=true]");
const part = (page, name) => text(page, `.lock-${name}`);

async function table() {
	const page = await open("locks.html");

	equal("the locks are what one sees first", await selected(page), "Locks");
	equal("locks that somebody holds have rows", (await names(page)).length, 7);
	const first = (await rows(page))[0];

	for (const [what, wanted] of [["the longest waited for", "log_lock"], ["its process", "mysqld (300)"],
		["its container", "shop"], ["its class", "mutex"], ["waits", "4,140"], ["delay", "45.9 s"],
		["the longest wait", "31.5 ms"], ["who held it", "held 95 % of the time by flusher (307)"]])
		has(`the first row: ${what}`, first, wanted);
	equal("all of it is told, and what is hidden", await text(page, "#total"),
		"48.0 s of delay, 7 locks; 35.6 s of waits for events hidden");
	equal("a bar has what holders did", await page.locator("#locks-rows .row >> nth=0 >> .bar i").count(), 4);
	has("the legend has it, too", await text(page, "#legend"), "disk");
	await press(page, "w");
	equal("w shows waits for events", (await names(page)).length, 10);
	equal("... which nobody holds", await page.locator("#locks-rows .row:has-text('queue_not_empty') .bar i").count(), 0);
	await press(page, "w");
	await page.click("#locks-head button:has-text('Waits')");
	has("sorted by another column", (await names(page))[0], "heap 0x7f1200002b40");
	await page.click("#locks-head button:has-text('Waits')");
	has("... and the other way", (await names(page))[0], "accept_mutex");
	await page.fill("#search", "fdatasync");
	await page.waitForTimeout(200);
	equal("search finds what holders did", (await names(page)).join(), "log_lock");
	await page.fill("#search", "nothing like it");
	await page.waitForTimeout(200);
	equal("... or nothing", await text(page, "#empty"), "No lock matches.");
	check("... and shows no lock", !await page.locator("#lock").isVisible());
	await page.context().close();
}

async function detail() {
	const page = await open("locks.html");

	has("the first lock is explained", await text(page, ".why"),
		"Held 95 % of the time by flusher (307), itself blocked in fdatasync at flush_log (disk 94 %, on-CPU 6 %)");
	has("holders: the part of each", await part(page, "holders"), "flusher (307)\n95.0 %\n43.6 s");
	has("... what it did", await part(page, "holders"), "disk\n94.0 %\nfdatasync \u2190 flush_log \u2190 flusher");
	has("... and what is not known", await part(page, "holders"), "not known\n0.7 %");
	equal("... in a bar", await page.locator(".holder >> nth=0 >> .bar i").count(), 2);
	has("waiters", await part(page, "waiters"), "95.6 %\n43.9 s\nlog_write \u2190 row_search \u2190 handle_query");
	has("release sites", await part(page, "releases"), "95.0 %\n43.6 s\nflusher");
	check("stacks are closed", !await page.locator(".lock-waiters ol").first().isVisible());
	await page.click(".lock-waiters summary >> nth=0");
	has("... and open, leaf first", await part(page, "waiters"), "schedule\nfutex_wait\nentry_SYSCALL_64_after_hwframe\npthread_mutex_lock");
	await page.click("#locks-rows .row:has-text('stats_lock')");
	await settle(page);
	has("a click chooses", await text(page, ".lock-head"), "stats_lock");
	has("... and explains", await text(page, ".why"), "blocked in clock_nanosleep at publish (sleep)");
	const there = await open("locks.html", {hash: await page.evaluate(() => location.hash)});

	has("a link brings it back", await text(there, ".lock-head"), "stats_lock");
	await there.context().close();
	await page.focus("#locks-rows");
	await press(page, "ArrowDown");
	has("arrows walk through the rows", await text(page, ".lock-head"), "shrink_lruvec");
	await press(page, "Home", "ArrowDown");
	has("who held it can be unknown", await text(page, ".why"), "Who held it is not known");
	await press(page, "w", "t");
	await page.click("#locks-rows .row:has-text('queue_not_empty')");
	await settle(page);
	has("of events it is told who ended the waits", await part(page, "releases"), "acceptor");
	has("... not who held it", await part(page, "holders"), "a wait for something to happen");
	await page.context().close();
}

async function graph() {
	const page = await open("both.html", {hash: "#tab=locks"});

	equal("beside a ledger", (await page.locator("#tabs button").allInnerTexts()).join(),
		"Wall time,CPU,Off-CPU,Locks,Lock graph,Wall graph");
	equal("a link to the tab", await selected(page), "Locks");
	await page.click("#locks-rows .row:has-text('pool+0x18')");
	await page.click(".lock-head button");
	await settle(page);
	equal("a lock's flame graph", await selected(page), "Lock graph");
	equal("... of its waits alone", await text(page, "#total"), "1.25 s of delay chosen");
	equal("... by its name", await page.inputValue("[data-facet=lock]"), "lock:pool+0x18");
	await press(page, "[");
	equal("back to the table", await selected(page), "Locks");
	equal("... of that process", (await names(page)).join(), "log_lock,pool+0x18");
	await page.selectOption("[data-facet=process]", "");
	await page.selectOption("[data-facet=container]", "container:shop");
	await settle(page);
	equal("by container", (await names(page)).length, 2);
	await page.click("#tabs button:has-text('Wall time')");
	await settle(page);
	equal("the container goes along", await page.inputValue("[data-facet=container]"), "container:shop");
	check("no row of locks is left", !await page.locator("#locks-pane").isVisible());
	await page.context().close();
}

async function deadlocks() {
	const page = await open("locks.html");

	has("possible deadlocks are told", await text(page, "#inversions"), "2 possible deadlocks");
	await page.click("#inversions summary");
	has("... with both orders", await text(page, "#inversions"), "log_lock \u2192 pool+0x18 1,200 times");
	has("... and where", await text(page, "#inversions"), "log_write \u2190 page_flush \u2190 evict");
	has("... of a ring all of them", await text(page, "#inversions"), "stats_lock \u2192 log_lock 1 time");
	await page.context().close();
}

async function harm() {
	const page = await open("locks.html");

	await page.click("#locks-rows .row:has-text('</script>')");
	await settle(page);
	equal("names do no harm", await page.evaluate(() => window.owned), undefined);
	has("... and are seen", await text(page, ".lock-head"), "</script><script>owned = 1</script>\ufffd[2J");
	has("... of holders", await part(page, "holders"), "\"><img src=x onerror=owned=1> (667)");
	has("... of those who let go", await part(page, "releases"), "\ufffd[5mwaker");
	equal("no element is made of them", await page.locator("#locks-pane img, #locks-pane script, #locks-pane i:not([class]):not([style])").count(), 0);
	await page.context().close();
	const odd = await open("locks.html", {hash: "#tab=locks&lock=__proto__&locksort=constructor&idle=7&filter=a%3Db"});

	equal("nonsense in the link does no harm", (await names(odd)).length, 7);
	await odd.context().close();
}

async function many() {
	const times = [];

	for (let i = 0; i < 3; i++) {
		const page = await open("thousands.html");

		times.push(await page.evaluate(() => performance.getEntriesByName("shown")[0].startTime));
		if (!i) {
			check("only rows in sight are elements", await page.locator("#locks-rows .row").count() < 60);
			has("what has no row is told", await text(page, "#total"), "more are not in this page");
		}
		await page.context().close();
	}
	check(`5,000 locks open in ${Math.min(...times).toFixed(0)} ms (all: ${times.map(Math.round)})`,
		Math.min(...times) < 1000);
}

async function narrow() {
	for (const [width, height] of [[640, 700], [760, 700], [1280, 800], [2560, 1300]]) {
		const page = await open("both.html", {hash: "#tab=locks", width, height});

		check(`nothing is cut off at ${width}`, await page.evaluate(() =>
			document.documentElement.scrollWidth <= innerWidth &&
			document.querySelector(".lock-head > button").getBoundingClientRect().right <= innerWidth));
		check(`all tabs and buttons above are there at ${width}`, await page.evaluate(() =>
			[...document.querySelectorAll("#top button")].every(b => {
				const box = b.getBoundingClientRect();

				return box.left >= 0 && box.right <= innerWidth && box.width > 0;
			})));
		check(`heads stand above their columns at ${width}`, await page.evaluate(() =>
			[...document.querySelectorAll("#locks-head th")].every((th, i) => {
				const cell = document.querySelector("#locks-rows .row").children[i];

				return Math.abs(th.getBoundingClientRect().left - cell.getBoundingClientRect().left) < 1;
			})));
		await page.click("#tabs button:has-text('Lock graph')");
		await settle(page);
		check(`all filters of the graph are there at ${width}`, await page.evaluate(() =>
			document.documentElement.scrollWidth <= innerWidth &&
			[...document.querySelectorAll("#tools select, #tools button, #tools input")].every(e =>
				e.getBoundingClientRect().right <= innerWidth)));
		await page.context().close();
	}
}

async function takeShots() {
	const views = {locks: "#tab=locks", events: "#tab=locks&idle=1", "lock-graph": "#tab=2"};

	for (const [width, height] of [[1280, 800], [2560, 1300]])
		for (const scheme of ["light", "dark"])
			for (const [name, link] of Object.entries(views)) {
				const page = await open("both.html", {hash: link, width, height, scheme});

				await settle(page);
				await page.screenshot({path: `${shots}/${name}-${width}-${scheme}.png`});
				await page.context().close();
			}
}

await run([table, detail, graph, deadlocks, harm, many, narrow]);
if (shots)
	await takeShots();
await browser.close();
process.exit(outcome.bad);
