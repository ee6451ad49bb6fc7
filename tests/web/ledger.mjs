// SPDX-License-Identifier: GPL-2.0-or-later
// ledger.mjs FOLDER: opens wall.html (the kept recording with a ledger) and many.html (the same
// with 20,000 threads more) and uses the ledger, the waits and their wakers.
import {browser, check, equal, has, open, outcome, press, run, settle, text} from "./browser.mjs";

const shots = process.env.SHOTS;
const rows = page => page.locator("#ledger-rows .row").allInnerTexts();
const labels = page => page.locator("#ledger-rows .row .l-label").allInnerTexts();
const selected = page => text(page, "#tabs [aria-selected=true]");

async function ledger() {
	const page = await open("wall.html");

	equal("the ledger is what one sees first", await selected(page), "Wall time");
	equal("every process has a row", (await rows(page)).length, 6);
	has("the most active is first", (await rows(page))[0], "mysqld (300)");
	has("... with its time on a CPU", (await rows(page))[0], "5.60 s");
	has("... and in its container", (await rows(page))[0], "shop");
	has("all of it is told", await text(page, "#total"), "75.3 s active of 160 s of wall time");
	has("time at rest is told apart", await text(page, "#parts"), "At rest\t84.5 s\t52.9 %");
	has("a quota is told", await text(page, "#ledger-facts"), "shop: held back by its CPU quota 1.23 s");
	has("a limit is told", await text(page, "#ledger-facts"), "shop: has 410 MiB of the 512 MiB of memory");
	has("steal is told", await text(page, "#ledger-facts"), "12.3 ms");
	const bars = () => page.locator("#ledger-rows .row:nth-child(2) .bar i").count();

	equal("a bar has the active parts", await bars(), 4);
	check("the legend has no waits at rest", !(await text(page, "#legend")).includes("poll"));
	await press(page, "w");
	equal("w shows time at rest", await bars(), 5);
	has("... and in the legend", await text(page, "#legend"), "poll");
	await press(page, "w");
	await page.hover("#ledger-rows .row >> nth=0");
	has("a tip has the numbers", await text(page, "#tip"), "lock");
	has("... exact to three digits", await text(page, "#tip"), "48.8 s");
	has("a row can be heard", await page.getAttribute("#ledger-rows .row >> nth=0", "aria-label"),
		"mysqld (300): on CPU 5.60 s, run queue 3.20 s");
	await page.click("#ledger-head button:has-text('On CPU')");
	has("sorted by another column", (await labels(page))[0], "redis-server");
	await page.click("#ledger-head button:has-text('On CPU')");
	has("... and the other way", (await labels(page))[0], "sshd");
	await page.context().close();
}

async function drill() {
	const page = await open("wall.html");

	await page.click("#ledger-rows .row:has-text('nginx')");
	has("a click chooses", await text(page, "#parts"), "nginx (101)4 threads");
	has("... and tells the parts", await text(page, "#parts"), "disk\t1.20 s");
	await page.dblclick("#ledger-rows .row:has-text('nginx')");
	await settle(page);
	equal("a process opens as its threads", (await rows(page)).length, 4);
	has("... by name", (await labels(page)).join(), "worker-2 (103)");
	await page.click("#tabs button:has-text('Off-CPU')");
	await settle(page);
	equal("the filter goes along", await page.inputValue("[data-facet=process]"), "pid:101");
	has("... to the graph", await text(page, "#total"), "1.88 s of off_cpu chosen");
	await press(page, "[", "[");
	equal("and back", await selected(page), "Wall time");
	equal("... too", (await rows(page)).length, 4);
	await page.click(".ways button:has-text('All processes')");
	await settle(page);
	equal("all again", (await rows(page)).length, 6);
	await page.selectOption("#rows-by", "container");
	await settle(page);
	equal("by container", (await page.locator("#ledger-rows .l-label bdi:first-child").allInnerTexts()).join(), "shop,cache,[host]");
	await page.dblclick("#ledger-rows .row >> nth=0");
	await settle(page);
	equal("a container opens", (await labels(page)).length, 1);
	for (let i = 0; i < await page.locator("#tabs button").count(); i++) {
		await page.locator("#tabs button").nth(i).click();
		await settle(page);
		equal(`${await selected(page)}: of that container`, await page.inputValue("[data-facet=container]"), "container:shop");
	}
	await page.locator("#tabs button").nth(0).click();
	await settle(page);
	await page.selectOption("[data-facet=container]", "");
	await page.selectOption("#rows-by", "thread");
	await settle(page);
	equal("by thread", (await rows(page)).length, 16);
	await page.fill("#search", "worker-7");
	await page.waitForTimeout(200);
	equal("search", (await rows(page)).length, 1);
	const there = await open("wall.html", {hash: await page.evaluate(() => location.hash)});

	equal("a link brings it back", (await rows(there)).length, 1);
	await there.context().close();
	await page.context().close();
}

async function keys() {
	const page = await open("wall.html");

	await page.focus("#ledger-rows");
	await press(page, "ArrowDown", "ArrowDown");
	has("arrows walk through the rows", await text(page, "#parts"), "redis-server");
	await press(page, "Enter");
	equal("Enter opens", (await labels(page)).length, 1);
	await page.context().close();
}

async function waits() {
	const page = await open("wall.html", {hash: "#tab=1"});

	equal("the profile of waits", await selected(page), "Off-CPU");
	equal("waits for work are hidden, and told", await text(page, "#total"),
		"57.0 s of off_cpu; 84.5 s of waiting for work hidden");
	has("wakers", await text(page, "#wakers"), "mysqld");
	has("... with their stacks", await text(page, "#wakers"),
		"pthread_mutex_unlock \u2190 row_unlock \u2190 handle_query");
	await press(page, "ArrowDown", "ArrowDown", "ArrowRight");
	await page.click("#idle");
	await settle(page);
	equal("all of it", await text(page, "#total"), "141 s of off_cpu");
	await page.selectOption("[data-facet=process]", "pid:101");
	await settle(page);
	has("wakers of what is chosen", await text(page, "#wakers"), "swapper");
	check("... only", !(await text(page, "#wakers")).includes("mysqld"));
	check("stacks are no filter", !await page.locator("[data-facet=waker_stack]").count());
	await page.click("#tabs button:has-text('Wall graph')");
	await page.selectOption("[data-facet=process]", "");
	await settle(page);
	equal("wall time is all of it", await text(page, "#total"), "160 s of wall");
	await page.fill("#search", "/off-CPU: lock/");
	await page.waitForTimeout(200);
	equal("... by state", await text(page, "#matched"), "30.5 % matched");
	await page.context().close();
}

async function harm() {
	const page = await open("wall.html");

	equal("names do no harm", await page.evaluate(() => window.owned), undefined);
	has("... and are seen", (await labels(page)).join("|"), "e;vil\ufffd[31m\ufffd (666)");
	await page.context().close();
	const odd = await open("wall.html", {hash: "#tab=ledger&rows=__proto__&order=constructor&filter=a%3Db&idle=9"});

	equal("nonsense in the link does no harm", (await rows(odd)).length, 6);
	await odd.context().close();
	const alone = await open("ledger.html");

	equal("a ledger alone", await alone.locator("#tabs button").count(), 1);
	await alone.click("#facts");
	has("... has its facts", await text(alone, "#about"), "About this recording");
	await alone.keyboard.press("Escape");
	await press(alone, "i", "2", "s", "]", "[", "t");
	check("... and no graph to turn", await alone.locator("#ledger-rows .row").count() > 5);
	await alone.context().close();
}

async function many() {
	const times = [];

	for (let i = 0; i < 3; i++) {
		const page = await open("many.html");

		times.push(await page.evaluate(() => performance.getEntriesByName("shown")[0].startTime));
		if (!i) {
			check("only rows in sight are elements", await page.locator("#ledger-rows .row").count() < 60);
			await page.selectOption("#rows-by", "thread");
			await settle(page);
			has("what has no row is told", await page.evaluate(() => {
				document.getElementById("search").value = "more threads";
				document.getElementById("search").dispatchEvent(new Event("input"));
				return new Promise(done => setTimeout(() =>
					done(document.getElementById("ledger-rows").innerText), 500));
			}), "2,015 more threads");
		}
		await page.context().close();
	}
	check(`20,000 threads open in ${Math.min(...times).toFixed(0)} ms (all: ${times.map(Math.round)})`,
		Math.min(...times) < 1000);
}

async function takeShots() {
	const views = {ledger: "", rest: "#idle=1", threads: "#rows=thread", waits: "#tab=1", wall: "#tab=2"};

	for (const [width, height] of [[1280, 800], [2560, 1300]])
		for (const scheme of ["light", "dark"])
			for (const [name, link] of Object.entries(views)) {
				const page = await open("many.html", {hash: link, width, height, scheme});

				await settle(page);
				await page.screenshot({path: `${shots}/${name}-${width}-${scheme}.png`});
				await page.context().close();
			}
}

await run([ledger, drill, keys, waits, harm, many]);
if (shots)
	await takeShots();
await browser.close();
process.exit(outcome.bad);
