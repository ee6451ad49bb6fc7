// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers for people, and making elements. Text is only ever set as text, never as markup.

const SCALES = new Map(Object.entries({
	nanoseconds: [["s", 1e9], ["ms", 1e6], ["\u00b5s", 1e3], ["ns", 1]],
	microseconds: [["s", 1e6], ["ms", 1e3], ["\u00b5s", 1]],
	milliseconds: [["s", 1e3], ["ms", 1]],
	seconds: [["s", 1]],
	bytes: [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10], ["B", 1]],
}));

// Thousands apart; toLocaleString() would cost more than drawing the rest of the page.
function formatNumber(value, digits = 0) {
	return value.toFixed(digits).replace(/\d(?=(\d{3})+(\.|$))/g, "$&,");
}

function formatValue(value, unit) {
	const scales = SCALES.get(unit);

	if (!scales)
		return formatNumber(value) + (unit && unit !== "count" ? " " + unit : "");
	const [name, divisor] = scales.find(s => Math.abs(value) >= s[1]) ?? scales.at(-1);
	const scaled = value / divisor;
	const digits = divisor === 1 || Math.abs(scaled) >= 100 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2;

	return formatNumber(scaled, digits) + " " + name;
}

function formatPercent(part, whole) {
	const percent = whole ? 100 * part / whole : 0;

	if (percent > 0 && percent < 0.01)
		return "<0.01 %";
	return percent.toFixed(percent > 0 && percent < 0.1 ? 2 : 1) + " %";
}

// make("button", {class: "x", onclick: f}, "text", element...)
function make(tag, attributes = {}, ...children) {
	const element = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes)) {
		if (name.startsWith("on"))
			element[name] = value;
		else if (value !== undefined && value !== false)
			element.setAttribute(name, value === true ? "" : value);
	}
	element.append(...children);
	return element;
}

const byId = id => document.getElementById(id);
