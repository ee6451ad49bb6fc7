// SPDX-License-Identifier: GPL-2.0-or-later
// Waits for work are most of what a host does, and no trouble: they can be hidden. And who ended
// the waits of a box: the wakers and their stacks, from the samples' labels.

const IDLE_REASONS = new Set(["wait", "poll", "sleep"]);
const MOST_WAKERS = 40;

// One flag a label set; null when no samples are waits.
function idleSets(profile) {
	const flags = Uint8Array.from(profile.sets, set => IDLE_REASONS.has(set.reason) ? 1 : 0);

	return profile.sets.some(set => typeof set.reason === "string") ? flags : null;
}

// [{waker, stack: names leaf first, value}] of the samples in a node and below it; largest first.
function wakerRows(profile, {keep, values}, node) {
	const inside = new Uint8Array(profile.n), sums = new Map();

	inside[node] = 1;
	for (let i = node + 1; i < profile.n; i++)
		inside[i] = inside[profile.parent[i]];
	if (node === 0)
		inside.fill(1);
	for (let i = 0; i < values.length; i++) {
		const set = profile.sets[profile.set[i]];

		if (!inside[profile.at[i]] || !keep[profile.set[i]] || typeof set.reason !== "string")
			continue;
		const waker = typeof set.waker === "string" ? set.waker : "";
		const stack = typeof set.waker_stack === "string" ? set.waker_stack : "";
		const key = JSON.stringify([waker, stack]), row = sums.get(key);

		if (row)
			row.value += values[i];
		else
			sums.set(key, {waker, stack, value: values[i]});
	}
	return Array.from(sums.values()).sort((a, b) => b.value - a.value);
}

function drawWakers(element, rows, unit) {
	const whole = rows.reduce((sum, r) => sum + r.value, 0);
	const known = rows.filter(r => r.waker);

	element.hidden = !known.length;
	if (element.hidden)
		return;
	const lines = rows.slice(0, MOST_WAKERS).map(row => {
		const names = row.stack ? cleanName(row.stack).split(";").reverse() : [];
		const line = make("tr", {}, make("td", {class: "number"}, make("b", {}, formatPercent(row.value, whole)),
			make("span", {}, formatValue(row.value, unit))),
		make("th", {scope: "row"}, make("bdi", {}, cleanName(row.waker) || "not known")),
		make("td", {class: "stack", title: names.join("\n")},
			make("bdi", {}, names.join(" \u2190 ") || (row.waker ? "no stack taken" : ""))));

		line.firstChild.style.setProperty("--part", 100 * row.value / whole + "%");
		return line;
	});

	element.replaceChildren(make("h2", {}, "Woken by"), make("div", {class: "list", tabindex: 0},
		make("table", {}, make("tbody", {}, ...lines))));
}
