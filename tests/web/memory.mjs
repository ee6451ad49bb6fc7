// SPDX-License-Identifier: GPL-2.0-or-later
// memory.mjs FOLDER: opens memory.html (all of memory.c), growth.html and heap.html (one kind each) and
// uses the tab of memory: sums, sorting, filters, what leaks, and the way to the flame graphs.
import {browser, check, equal, has, open, outcome, press, run, settle, text} from "./browser.mjs";

const shots = process.env.SHOTS;
const processes = page => page.locator("#memory-rows .row").allInnerTexts();
const stacks = page => page.locator("#leaks-rows .row").allInnerTexts();
const selected = page => text(page, "#tabs [aria-selected=true]");
const line = row => row.replace(/\s+/g, " ");

async function memory() {
	const page = await open("memory.html");

	equal("memory is what one sees first", await selected(page), "Memory");
	equal("every process has a row", (await processes(page)).length, 5);
	equal("what was given, what stayed, what was allocated", line((await processes(page))[0]),
		"server (10)shop +250 MiB 300 MiB 1.27 GiB 200 MiB 200 MiB");
	has("a resident set that shrank", line((await processes(page))[1]), "cached (20) \u221240.0 MiB 80.0 MiB");
	has("a process that ended", line((await processes(page))[2]), "shortly (30) ended 40.0 MiB \u2013");
	equal("the sums stand beside", line(await text(page, "#memory-numbers tbody >> nth=0")).trim(),
		"Given by the kernel 423 MiB still resident 253 MiB 59.8 % given back 130 MiB 30.7 % gone with its process " +
		"40.0 MiB 9.5 % RSS change +213 MiB");
	has("... of the heap", line(await text(page, "#memory-numbers tbody >> nth=1")),
		"Allocated 1.32 GiB in use 241 MiB 17.8 % freed");
	equal("the foot tells the sums", await text(page, "#total"),
		"423 MiB given, resident sets +213 MiB; 1.32 GiB allocated, 241 MiB in use; 200 MiB of leaks");
	await page.click("#memory-head button:has-text('RSS change')");
	has("sorted by another column", (await processes(page))[0], "server");
	await page.click("#memory-head button:has-text('RSS change')");
	has("... and the other way", (await processes(page))[0], "cached");
	has("a row can be heard", await page.getAttribute("#memory-rows .row >> nth=0", "aria-label"),
		"cached (20): given 80.0 MiB, allocated 50.0 MiB, in use 40.0 MiB");
	await page.click("#memory-rows .row:has-text('shortly')");
	has("a click chooses", line(await text(page, "#memory-numbers")), "gone with its process 40.0 MiB 100.0 %");
	await page.context().close();
}

async function leaks() {
	const page = await open("memory.html");

	equal("stacks that keep memory", (await stacks(page)).length, 3);
	equal("a leak is first", line((await stacks(page))[0]),
		"leak 200 MiB 2,000 125 MiB +146 MiB server (10) malloc_leaky \u2190 handle \u2190 main");
	has("a cache is none", line((await stacks(page))[1]), "kept 40.0 MiB 400 40.0 MiB \u2013 cached (20)");
	has("what old is, is told", await text(page, "#leaks-title"), "1 of 3 leaks; old is older than 30.0 s");
	equal("an age has a bar", await page.locator("#leaks-rows .row >> nth=0 >> .ages i").count(), 6);
	await page.click("#leaks-rows .row >> nth=0");
	has("a click chooses a stack", line(await text(page, "#memory-numbers")), "malloc_leakyleak");
	has("... with its growth", line(await text(page, "#memory-numbers")), "Growth a minute +146 MiB");
	equal("... its ages", line(await text(page, "#memory-numbers .histogram tbody")),
		"below 1 s 2.40 MiB 1\u201310 s 22.5 MiB 10\u201360 s 125 MiB 1\u201310 min 50.1 MiB 10\u201360 min \u2013 1 h and more \u2013");
	equal("... and its frames", line(await text(page, "#memory-numbers .frames")), "malloc_leaky handle main");
	await page.click(".ways button:has-text('In the flame graph')");
	await settle(page);
	equal("the way to its flame graph", await selected(page), "Heap");
	equal("... of what is in use", await page.inputValue("#value"), "inuse_space");
	has("... at its box", await text(page, "#selection"), "malloc_leaky");
	equal("... of its process", await page.inputValue("[data-facet=process]"), "pid:10");
	await page.click("#tabs button:has-text('Memory') >> nth=0");
	await settle(page);
	equal("the filter comes along", (await processes(page)).length, 1);
	equal("... to the stacks", (await stacks(page)).length, 1);
	await page.click(".ways button:has-text('Growth graph')");
	await settle(page);
	equal("the way to growth", await text(page, "#total"), "300 MiB of growth chosen");
	await page.context().close();
}

async function choices() {
	const page = await open("memory.html");

	await page.selectOption("[data-facet=container]", "container:shop");
	await settle(page);
	equal("of a container", (await processes(page)).length, 1);
	await page.selectOption("[data-facet=container]", "");
	await page.dblclick("#memory-rows .row:has-text('cached')");
	await settle(page);
	equal("a double click filters", (await stacks(page)).length, 1);
	const there = await open("memory.html", {hash: await page.evaluate(() => location.hash)});

	equal("a link brings it back", (await processes(there)).length, 1);
	await there.context().close();
	await page.click(".ways button:has-text('All processes')");
	await page.fill("#search", "parse|cache_put");
	await page.fill("#search", "/cache_/");
	await page.waitForTimeout(200);
	equal("search looks into stacks", await text(page, "#matched"), "0 processes, 1 stacks matched");
	await page.fill("#search", "");
	await page.waitForTimeout(200);
	await page.focus("#leaks-rows");
	await press(page, "ArrowDown", "ArrowDown");
	has("arrows walk through the stacks", await text(page, "#memory-numbers"), "cache_put");
	await press(page, "Enter");
	equal("Enter opens its graph", await selected(page), "Heap");
	await press(page, "[", "[", "i", "2", "w", "s", "t");
	equal("keys lead back, and do no harm", await selected(page), "Memory");
	await page.context().close();
}

async function harm() {
	const page = await open("memory.html", {hash: "#tab=memory&grown=constructor&leaks=__proto__"});

	equal("names do no harm", await page.evaluate(() => window.owned), undefined);
	has("... and are seen", (await stacks(page)).join("|"), "</script><b>x");
	has("... without what steers a terminal", (await processes(page)).join("|"), "e;vil\ufffd[31m (66)");
	await page.context().close();
	const growth = await open("growth.html");

	equal("growth alone", line((await processes(growth))[0]), "server (10)shop +250 MiB 300 MiB");
	check("... has no stacks that keep", await growth.locator("#leaks").isHidden());
	await growth.context().close();
	const heap = await open("heap.html");

	equal("the heap alone", line((await processes(heap))[0]), "server (10)shop 1.27 GiB 200 MiB 200 MiB");
	equal("... and its stacks", (await stacks(heap)).length, 3);
	await heap.context().close();
}

async function takeShots() {
	for (const [width, height] of [[1280, 800], [2560, 1300]])
		for (const scheme of ["light", "dark"]) {
			const page = await open("memory.html", {width, height, scheme});

			await settle(page);
			await page.screenshot({path: `${shots}/memory-${width}-${scheme}.png`});
			await page.click("#leaks-rows .row >> nth=0");
			await settle(page);
			await page.screenshot({path: `${shots}/leak-${width}-${scheme}.png`});
			await page.context().close();
		}
}

// summary.json tells a hundred processes apart.
async function crowd() {
	const page = await open("crowd.html");

	has("those without a row of their own", (await processes(page)).map(line).join("; "), "(others) +");
	has("... count", line(await text(page, "#memory-numbers caption")), "2,053 processes");
	equal("... and are in the sums", line(await text(page, "#memory-numbers tbody >> nth=0")).trim(),
		"Given by the kernel 551 MiB still resident 317 MiB 57.5 % given back 194 MiB 35.2 % gone with its process " +
		"40.0 MiB 7.3 % RSS change +277 MiB");
	await page.context().close();
}

await run([memory, leaks, choices, harm, crowd]);
if (shots)
	await takeShots();
await browser.close();
process.exit(outcome.bad);
