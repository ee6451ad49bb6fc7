// SPDX-License-Identifier: GPL-2.0-or-later
// page.mjs FOLDER: opens small.html and two.html (the kept recording of tests/golden), big.html and
// empty.html of the folder in a browser and uses them as a person would: by mouse and keys, judged by what
// the page then says.
import {browser, check, equal, has, open, outcome, press, run, settle, text} from "./browser.mjs";

const shots = process.env.SHOTS;
const ROW = 20;

// A place in a flame graph: `part` of its width, in row `row`.
async function spot(page, part, row, graph = "#graph") {
	const box = await page.locator(graph).boundingBox();
	const y = row < 0 ? box.y + box.height + row * ROW + ROW / 2 : box.y + row * ROW + ROW / 2;

	return [box.x + part * box.width, y];
}

async function under(page, part, row, graph) {
	await page.mouse.move(5, 5);
	await page.mouse.move(...await spot(page, part, row, graph));
	await settle(page);
	return await page.locator("#tip").isHidden() ? "" : text(page, "#tip");
}

async function clickAt(page, part, row, graph) {
	await page.mouse.click(...await spot(page, part, row, graph));
	await settle(page);
}

const firstRow = page => text(page, "#rows .row >> nth=0");
const hash = page => page.evaluate(() => location.hash);

async function header() {
	const page = await open("small.html");
	const facts = await text(page, "#facts");

	equal("the tab of the kind", await text(page, "#tabs [aria-selected=true]"), "CPU");
	has("the header tells the loss", facts, "3 lost (0.2 %)");
	has("the header tells the cost", facts, "overhead 0.31 %");
	has("the header tells the time", facts, "2023-11-14 22:13:20 UTC");
	await page.click("#facts");
	has("about: the loss line", await text(page, "#about"), "3: the ring buffer was full");
	await page.keyboard.press("Escape");
	const legend = await text(page, "#legend");

	for (const sort of ["process", "user code", "inlined", "JIT code", "kernel"])
		has(`the legend has ${sort}`, legend, sort);
	equal("the total", await text(page, "#total"), "14.1 s of cpu");
	await page.selectOption("#value", "samples");
	await settle(page);
	equal("another value", await text(page, "#total"), "1,413 of samples");
	const fetched = await page.evaluate(() =>
		fetch("data:text/plain,x").then(() => "went out", () => "refused"));

	equal("the page may ask nobody", fetched, "refused");
	await page.context().close();
}

async function zoom() {
	const page = await open("small.html");

	has("a tip names the process", await under(page, 0.02, 1), "nginx");
	has("a tip tells the share", await under(page, 0.02, 1), "51.0 %");
	has("a tip tells the inlined", await under(page, 0.02, 5), "inlined");
	has("before the zoom another process is right", await under(page, 0.6, 1), "redis-server");
	await clickAt(page, 0.02, 1);
	has("after the zoom it fills the width", await under(page, 0.98, 1), "nginx");
	has("the zoom is in the link", await hash(page), "zoom=");
	await clickAt(page, 0.02, 2);
	has("a click chooses a function", await text(page, "#selection"), "main");
	has("... and tells its share", await text(page, "#selection"), "51.0 %");
	await press(page, "Escape");
	has("Esc shows all again", await under(page, 0.6, 1), "redis-server");
	await page.context().close();
}

async function search() {
	const page = await open("small.html");

	await press(page, "/");
	await page.keyboard.type("fib");
	await page.waitForTimeout(200);
	equal("search tells the share", await text(page, "#matched"), "7.1 % matched");
	await page.fill("#search", "/^ngx_buf|fib/");
	await page.waitForTimeout(200);
	equal("search by expression", await text(page, "#matched"), "38.9 % matched");
	await page.fill("#search", "/(/");
	await page.waitForTimeout(200);
	equal("a wrong expression", await text(page, "#matched"), "no valid expression");
	await press(page, "Escape", "Escape");
	equal("Esc clears the search", await page.inputValue("#search"), "");
	equal("... and its share", await text(page, "#matched"), "");
	await page.context().close();
}

async function filters() {
	const page = await open("small.html");

	await page.selectOption("[data-facet=process]", "comm:nginx");
	await settle(page);
	equal("all processes of a name", await text(page, "#total"), "7.21 s of cpu chosen");
	has("the graph has nothing else", await under(page, 0.98, 1), "nginx");
	await page.selectOption("[data-facet=process]", "pid:102");
	await settle(page);
	equal("one process", await text(page, "#total"), "1.50 s of cpu chosen");
	await page.selectOption("[data-facet=process]", "");
	await page.selectOption("[data-facet=container]", "container:shop");
	await settle(page);
	equal("a container", await text(page, "#total"), "2.21 s of cpu chosen");
	await page.selectOption("[data-facet=process]", "comm:nginx");
	await settle(page);
	has("nothing is left", await text(page, "#empty"), "No sample is left");
	await page.context().close();
}

async function inverted() {
	const page = await open("small.html");

	await page.click("#invert");
	await settle(page);
	has("inverted: what ran", await under(page, 0.02, 1), "ngx_buf_size");
	has("... below it its caller", await under(page, 0.02, 2), "ngx_process_events");
	await press(page, "i");
	has("i turns it back", await under(page, 0.02, 2), "main");
	await page.context().close();
}

async function table() {
	const page = await open("small.html", {width: 1600});

	has("a wide window has both", await page.getAttribute("#main", "data-view"), "both");
	has("most self first", await firstRow(page), "ngx_buf_size");
	has("... with its share", await firstRow(page), "31.8 %");
	await page.click("#head .c-total button");
	has("by total", await firstRow(page), "main");
	equal("... the header says so", await page.getAttribute("#head .c-total", "aria-sort"), "descending");
	await page.click("#head .c-name button");
	has("by name", await firstRow(page), "[jit]+0x7f0012345678");
	await page.click("#head .c-name button");
	has("by name, turned round", await firstRow(page), "tcp_sendmsg_locked");
	await page.click("#head .c-self button");
	await page.fill("#search", "dict");
	await page.waitForTimeout(200);
	equal("the search leaves what matches", await page.locator("#rows .row").count(), 1);
	await page.click("#rows .row");
	await settle(page);
	has("a row chooses the function in the graph", await hash(page), "dictFind");
	await page.fill("#search", "");
	await page.selectOption("#by", "process");
	await settle(page);
	has("rows by process", await firstRow(page), "nginx (101)");
	await page.dblclick("#rows .row >> nth=0");
	await settle(page);
	equal("a row of a process is a filter", await text(page, "#total"), "5.71 s of cpu chosen");
	await page.context().close();
}

async function sandwich() {
	const page = await open("small.html", {width: 1600});

	await page.click("#head .c-self button");
	await page.click("#head .c-self button");
	await page.dblclick("#rows .row:has-text('dictFind')");
	await settle(page);
	has("a row opens a sandwich", await text(page, "#sandwich-title"), "dictFind");
	has("... with its total", await text(page, "#sandwich-title"), "28.3 %");
	has("the function stands at the callers' end", await under(page, 0.5, -1, "#callers"), "dictFind");
	has("its caller above", await under(page, 0.5, -2, "#callers"), "aeMain");
	has("its callee below", await under(page, 0.02, 1, "#callees"), "rehash;step 1");
	await clickAt(page, 0.02, 1, "#callees");
	has("a click goes on from there", await text(page, "#sandwich-title"), "rehash;step 1");
	await page.click("#rows .row:has-text('fib(int)')");
	await settle(page);
	has("recursion counts once", await text(page, "#sandwich-title"), "total 7.1 %");
	await page.context().close();
}

async function keys() {
	const page = await open("small.html");

	await press(page, "ArrowDown", "ArrowDown");
	has("down: to the largest callee", await text(page, "#selection"), "nginx");
	await press(page, "ArrowRight");
	has("right: to the neighbour", await text(page, "#selection"), "redis-server");
	await press(page, "ArrowDown", "ArrowDown", "Enter");
	has("Enter zooms", await under(page, 0.98, 3), "aeMain");
	await press(page, "ArrowUp");
	has("up: to the caller", await text(page, "#selection"), "main");
	await press(page, "Escape", "3");
	equal("3: the table", await page.getAttribute("#main", "data-view"), "table");
	await page.focus("#rows");
	await press(page, "ArrowDown", "ArrowDown", "Enter");
	equal("Enter on a row: the sandwich", await page.getAttribute("#main", "data-view"), "sandwich");
	has("... of that row", await text(page, "#sandwich-title"), "dictFind");
	await press(page, "1", "?");
	check("? shows the keys", await page.locator("#keys").isVisible());
	await press(page, "Escape");
	check("Esc closes them", await page.locator("#keys").isHidden());
	await page.context().close();
}

async function links() {
	const page = await open("small.html");

	await page.selectOption("[data-facet=container]", "container:cache");
	await page.fill("#search", "rehash");
	await page.waitForTimeout(200);
	await clickAt(page, 0.02, 4);
	const link = await hash(page), there = await open("small.html", {hash: link});

	await settle(there);
	has("the link was made", link, "dictFind");
	for (const what of ["#selection", "#matched", "#total"])
		equal(`a link brings back ${what}`, await text(there, what), await text(page, what));
	has("... and the zoom", await under(there, 0.98, 4), "dictFind");
	await there.evaluate(() => location.hash = "view=table&by=module&sort=total");
	await settle(there);
	has("an address typed in is followed", await firstRow(there), "nginx");
	await there.evaluate(() => location.hash =
		"tab=99&value=nonsense&view=x&by=y&sort=z&zoom=zz.!&fn=%5B&filter=a%3Db&__proto__=1");
	await settle(there);
	check("nonsense in it does no harm", await there.locator("#graph").isVisible());
	await page.context().close();
	await there.context().close();
}

async function colours() {
	const background = page => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	const box = page => page.evaluate(() => Array.from(document.querySelector("#graph canvas")
		.getContext("2d").getImageData(200, 30, 1, 1).data).join());
	const light = await open("small.html"), dark = await open("small.html", {scheme: "dark"});

	equal("light as the system has it", await background(light), "rgb(255, 255, 255)");
	equal("dark as the system has it", await background(dark), "rgb(20, 23, 28)");
	await settle(light);
	await settle(dark);
	const before = await box(light), other = await box(dark);

	check("the graph has other colours", before !== other, before);
	await press(light, "t");
	equal("t turns it", await background(light), "rgb(20, 23, 28)");
	equal("... and the graph", await box(light), other);
	await light.context().close();
	await dark.context().close();
}

async function big() {
	const times = [], frames = [];

	for (let i = 0; i < 4; i++) {
		const page = await open("big.html");

		times.push(await page.evaluate(() => performance.getEntriesByName("shown")[0].startTime));
		if (i === 0) {
			equal("names do no harm", await page.evaluate(() => window.owned), undefined);
			equal("... and make no elements", await page.locator("img").count(), 0);
			await page.selectOption("#value", "constructor");
			await settle(page);
			has("... as the name of a value", await text(page, "#total"), "constructor of constructor");
			await page.selectOption("[data-facet=constructor]", "constructor:toString");
			await settle(page);
			has("... as the name of a label", await text(page, "#total"), "chosen");
			await page.selectOption("[data-facet=constructor]", "");
			await page.selectOption("#value", "cpu");
			await page.selectOption("[data-facet=thread]", "tid:1101");
			await settle(page);
			has("a thread alone", await under(page, 0.98, 1), "envoy");
			has("... is less than all", await text(page, "#total"), "chosen");
			await page.selectOption("[data-facet=thread]", "");
			await settle(page);
			await page.mouse.move(...await spot(page, 0.3, 6));
		}
		frames.push(await page.evaluate(async () => {
			const canvas = document.querySelector("#graph .scroller"), gaps = [];
			const next = () => new Promise(requestAnimationFrame);
			let last = await next();

			for (let k = 0; k < 40; k++) {
				canvas.dispatchEvent(new WheelEvent("wheel", {deltaY: k < 20 ? -90 : 90,
					ctrlKey: true, clientX: 400, clientY: 300, cancelable: true}));
				const now = await next();

				gaps.push(now - last);
				last = now;
			}
			return gaps.sort((a, b) => a - b)[20];
		}));
		await page.context().close();
	}
	const best = Math.min(...times), gap = Math.min(...frames);

	check(`20,000 stacks open in ${best.toFixed(0)} ms (all: ${times.map(Math.round)})`, best < 1000);
	check(`a frame of zooming takes ${gap.toFixed(1)} ms (all: ${frames.map(Math.round)})`, gap < 40);
}

// A recording with its own header, two profiles, and a kind that could not be recorded.
async function kinds() {
	const page = await open("two.html"), facts = await text(page, "#facts");

	has("the header tells the target", facts, "the whole host");
	has("... the kernel", facts, "Linux 6.1.0-56-cloud-amd64");
	has("... the loss", facts, "3 lost (0.2 %)");
	has("... the cost", facts, "overhead 0.11 %");
	equal("a kind that is missing is named", await text(page, "#tabs :disabled"), "lock");
	has("... with the reason", await page.getAttribute("#tabs :disabled", "title"), "sched_switch");
	await page.click("#facts");
	has("about: each kind", await text(page, "#about"), "deeper than 127 frames");
	await page.keyboard.press("Escape");
	await page.click("#tabs button:has-text('Heap')");
	await settle(page);
	equal("another kind", await text(page, "#total"), "1.01 MiB of inuse_space");
	await page.selectOption("#value", "alloc_space");
	await settle(page);
	equal("... another value of it", await text(page, "#total"), "67.0 MiB of alloc_space");
	await press(page, "[", "[");
	equal("[ goes back, past what memory is", await text(page, "#total"), "14.1 s of cpu");
	await page.context().close();
}

async function empty() {
	const page = await open("empty.html");

	has("an empty profile says so", await text(page, "#empty"), "holds no samples");
	await page.context().close();
}

async function takeShots() {
	const views = {graph: "", both: "#view=both", table: "#view=table&sort=total",
		sandwich: "#view=sandwich&sort=total", search: "#search=lookup", inverted: "#invert=1&view=graph"};

	for (const [width, height] of [[1280, 800], [2560, 1300]])
		for (const scheme of ["light", "dark"])
			for (const [name, link] of Object.entries(views)) {
				const page = await open("big.html", {hash: link, width, height, scheme});

				await settle(page);
				await page.screenshot({path: `${shots}/${name}-${width}-${scheme}.png`});
				await page.context().close();
			}
}

await run([header, zoom, search, filters, inverted, table, sandwich, keys, links, colours, kinds, big,
	empty]);
if (shots)
	await takeShots();
await browser.close();
process.exit(outcome.bad);
