// SPDX-License-Identifier: GPL-2.0-or-later
// formats.mjs FOLDER: the speedscope files of the folder against the schema that speedscope
// publishes, and their sums; its SVG files through an XML parser (the browser's).
import {createRequire} from "node:module";
import {readFileSync, readdirSync} from "node:fs";

const require = createRequire(process.env.MODULES + "/");
const Ajv = require("ajv");
const {chromium} = require("playwright-core");
const folder = process.argv[2];
let bad = 0;

function check(name, good, detail = "") {
	console.log(good ? `ok ${name}` : `FAIL ${name} ${detail}`);
	bad |= !good;
}

const schema = JSON.parse(readFileSync(
	`${process.env.MODULES}/speedscope/dist/release/file-format-schema.json`));
const validate = new Ajv({strict: false}).compile(schema);
const files = readdirSync(folder);

for (const name of files.filter(f => f.endsWith(".speedscope.json"))) {
	const file = JSON.parse(readFileSync(`${folder}/${name}`));

	check(`${name} holds to the schema`, validate(file), JSON.stringify(validate.errors));
	for (const p of file.profiles) {
		check(`${name}: a weight for each sample`, p.samples.length === p.weights.length &&
			p.samples.length > 0);
		check(`${name}: the weights add up`,
			p.weights.reduce((a, b) => a + b, 0) === p.endValue - p.startValue);
		check(`${name}: every frame is there`,
			p.samples.flat().every(f => file.shared.frames[f]));
	}
}
check("a file that breaks the schema is refused", !validate({profiles: [{type: "sampled"}]}));

const browser = await chromium.launch({executablePath: process.env.BROWSER, args: ["--no-sandbox"]});
const page = await browser.newPage();

for (const name of files.filter(f => f.endsWith(".svg"))) {
	const result = await page.evaluate(text => {
		const xml = new DOMParser().parseFromString(text, "image/svg+xml");

		return {error: xml.querySelector("parsererror")?.textContent ?? "",
			boxes: xml.querySelectorAll("g > rect").length,
			scripts: xml.querySelectorAll("script, img, foreignObject").length};
	}, readFileSync(`${folder}/${name}`, "utf8"));

	check(`${name} is well-formed`, !result.error, result.error);
	check(`${name} has boxes and no scripts`, result.boxes > 2 && !result.scripts);
	if (process.env.SHOTS) {
		await page.setViewportSize({width: 1632, height: 900});
		await page.goto(`file://${folder}/${name}`);
		await page.screenshot({path: `${process.env.SHOTS}/${name}.png`});
	}
}
await browser.close();
process.exit(bad);
