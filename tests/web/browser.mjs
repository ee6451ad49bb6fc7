// SPDX-License-Identifier: GPL-2.0-or-later
// What the tests of the page share: a browser, checks that count, and ways to wait for the page.
import {createRequire} from "node:module";

const require = createRequire(process.env.MODULES + "/");
const {chromium} = require("playwright-core");

export const [, , folder] = process.argv;
export const requests = [], errors = [];
export const outcome = {bad: 0};
export const browser = await chromium.launch({executablePath: process.env.BROWSER, args: ["--no-sandbox"]});

export function check(name, good, detail = "") {
	console.log(good ? `ok ${name}` : `FAIL ${name} ${detail}`);
	outcome.bad |= !good;
}

export const equal = (name, got, wanted) => check(name, got === wanted, `is '${got}', not '${wanted}'`);
export const has = (name, got, wanted) => check(name, got.includes(wanted), `'${got}' lacks '${wanted}'`);

export async function open(file, {hash = "", width = 1280, height = 800, scheme = "light"} = {}) {
	const context = await browser.newContext({viewport: {width, height}, colorScheme: scheme,
		reducedMotion: "reduce"});
	const page = await context.newPage();

	page.setDefaultTimeout(10000);
	page.on("request", r => requests.push(r.url().split("#")[0]));
	page.on("pageerror", e => errors.push(e.stack));
	page.on("console", m => m.type() === "error" && errors.push(m.text()));
	await page.goto(`file://${folder}/${file}${hash}`);
	await page.waitForFunction(() => performance.getEntriesByName("shown").length ||
		!document.getElementById("empty").hidden);
	return page;
}

// Lets the page draw, twice: once for the change, once for what the change asked for.
export const settle = page => page.evaluate(() => new Promise(done =>
	requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100)))));
export const text = (page, selector) => page.locator(selector).innerText();

export async function press(page, ...keys) {
	for (const key of keys)
		await page.keyboard.press(key);
	await settle(page);
}

// Runs each part; what one throws is its failure.
export async function run(parts) {
	for (const part of parts) {
		try {
			await part();
		} catch (error) {
			check(part.name, false, error.message.split("\n").slice(0, 6).join(" | "));
		}
	}
	check("no request but for the pages", requests.length > 0 && requests.every(r =>
		r.startsWith(`file://${folder}/`) && r.endsWith(".html")), requests.find(r => !r.endsWith(".html")));
	check("no error in the console", !errors.filter(e => !e.includes("data:text/plain")).length,
		errors.join(" | "));
}
