// SPDX-License-Identifier: GPL-2.0-or-later
// One lock: the sentence that explains it, who held it and where, who waited, who let it go; and
// locks that are taken in both orders.

const MOST_SITES = 60;
const CHAIN = 5;	// functions of a stack told in one line

// What programs call to lock and to wait: the way from their own functions to the kernel.
const PLUMBING = new RegExp("^(_|0x|\\[|libc[.-]|lll_|pthread_|sem_|mtx_|cnd_|futex|syscall|std::|<std::|core::|<core::|" +
	"parking_lot|lock_api::|runtime\\.|sync\\.|internal/|Unsafe_|Parker::)");

// "log_write <- row_search": without the kernel's part and without the plumbing, where there is more.
function chainOf(frames, whole) {
	const own = frames.filter(f => f.sort !== SORT.kernel);
	const names = (own.length ? own : frames).map(f => f.name);
	const first = whole ? 0 : names.findIndex(n => !PLUMBING.test(n));

	names.splice(0, Math.max(0, first));

	return names.slice(0, CHAIN).join(" \u2190 ") + (names.length > CHAIN ? " \u2190 \u2026" : "");
}

// A line that opens as the whole stack. lead: elements in front of it; whole: with the plumbing.
function stackLine(frames, lead = [], whole = false, none = "no stack taken") {
	const chain = chainOf(frames, whole) || none;
	const line = make("summary", {}, ...lead, make("bdi", {class: "chain", title: chain}, chain));

	if (!frames.length)
		return make("div", {class: "site none"}, ...line.childNodes);
	return make("details", {class: "site"}, line, make("ol", {}, ...frames.map(f =>
		make("li", {class: f.sort === SORT.kernel ? "kernel" : undefined}, make("bdi", {}, f.name),
			make("bdi", {class: "module"}, f.sort === SORT.kernel ? "" : f.module)))));
}

function shareCell(value, whole) {
	const cell = make("span", {class: "number part"}, make("b", {}, formatPercent(value, whole)),
		make("span", {}, formatValue(value, "nanoseconds")));

	cell.style.setProperty("--part", whole > 0 ? Math.min(100, 100 * value / whole) + "%" : "0%");
	return cell;
}

function stateDot(name) {
	const dot = make("i", {class: "dot"});

	dot.style.background = stateColour(name);
	return dot;
}

function holderBlock(holder, whole) {
	const states = holder.states.filter(s => s.value > 0);
	const known = states.some(s => s.name !== "not known");

	return make("div", {class: "holder"}, make("div", {class: "who"},
		make("bdi", {class: "name"}, holder.name || "not known"), make("span", {class: "space"}),
		make("b", {}, formatPercent(holder.value, whole)),
		make("span", {class: "soft"}, formatValue(holder.value, "nanoseconds"))),
	...holder.name ? [stateBar(whole, inBarOrder(states))] : [],
	...known ? states.map(s => stackLine(s.frames, [stateDot(s.name),
		make("span", {class: "state"}, s.name), make("span", {class: "soft"}, formatPercent(s.value, holder.value))],
	true, s.name === "on CPU" || s.name === "run queue" ? "" : undefined))
		: []);
}

function holdersPart(row) {
	const part = make("section", {class: "lock-holders"}, make("h2", {}, row.held ? "Held by" : "Nobody holds it"));
	const list = make("div", {class: "list", tabindex: 0});

	if (row.held) {
		list.append(...row.holders.map(h => holderBlock(h, row.delay)));
		if (row.others)
			list.append(make("p", {class: "soft"}, `${formatNumber(row.holdersAll - row.holders.length)} more: ` +
				`${formatPercent(row.others, row.delay)} ${formatValue(row.others, "nanoseconds")}`));
		if (!row.holders.length)
			list.append(make("p", {class: "soft"}, "Nobody waited for it."));
	} else {
		list.append(make("p", {class: "soft"}, "It is a wait for something to happen: see who ended the waits."));
	}
	part.append(list);
	return part;
}

function sitesPart(title, sites, whole, none, kind) {
	const sum = sites.reduce((n, s) => n + s.value, 0);
	const list = make("div", {class: "list", tabindex: 0});

	for (const site of sites.slice(0, MOST_SITES))
		list.append(stackLine(site.frames, [shareCell(site.value, whole),
			...site.name ? [make("bdi", {class: "name"}, site.name)] : []]));
	if (sites.length > MOST_SITES)
		list.append(make("p", {class: "soft"}, `${formatNumber(sites.length - MOST_SITES)} more`));
	if (!sites.length)
		list.append(make("p", {class: "soft"}, none));
	return make("section", {class: kind}, make("h2", {}, title, sum < 0.995 * whole && sites.length
		? make("small", {}, ` known for ${formatPercent(sum, whole)}`) : ""), list);
}

function sentence(row) {
	const text = row.why || "nobody waited for it";

	return text[0].toUpperCase() + text.slice(1) + (row.at ? `; waited for in ${row.at}` : "");
}

// ways: buttons
function drawLock(element, locks, row, ways) {
	const sites = locks.sites(row), n = (value, text) => value ? [make("span", {}, make("b", {}, value), " " + text)] : [];

	element.replaceChildren(
		make("div", {class: "lock-head"}, make("bdi", {class: "name"}, row.label),
			make("span", {class: "inside"}, row.kind), make("bdi", {class: "soft"}, row.process),
			...row.inside ? [make("bdi", {class: "inside"}, row.inside)] : [],
			make("span", {class: "facts"},
				...n(formatValue(row.delay, "nanoseconds"), "of delay"), ...n(formatNumber(row.waits), "waits"),
				...n(row.longest && formatValue(row.longest, "nanoseconds"), "the longest"),
				...n(row.taken && formatNumber(row.taken), "times taken"),
				...n(row.hold && formatValue(row.hold, "nanoseconds"), "held"),
				...row.address && !row.label.includes(row.address) ? [make("span", {class: "soft"}, row.address)] : [],
				...row.objects ? [make("span", {class: "soft"}, `${formatNumber(row.objects)} locks of this name`)] : []),
			make("span", {class: "space"}), ...ways),
		make("p", {class: "why"}, sentence(row)),
		make("div", {class: "lock-parts"}, holdersPart(row),
			sitesPart("Waiters", sites.waiters, row.delay, "No wait of it was sampled.", "lock-waiters"),
			sitesPart(row.held ? "Let go by" : "Ended by", sites.releases, row.delay, "Not known.", "lock-releases")));
}

// Locks that are taken in both orders, or in a ring.
function drawInversions(element, inversions) {
	const order = ({lock, frames, times}, next) => make("div", {class: "order"},
		make("p", {}, make("bdi", {}, lock), " \u2192 ", make("bdi", {}, next.lock),
			make("span", {class: "soft"}, times ? ` ${formatNumber(times)} time${times === 1 ? "" : "s"}` : "")), stackLine(frames));

	element.hidden = !inversions.length;
	element.replaceChildren(make("details", {}, make("summary", {class: "bad"},
		`${formatNumber(inversions.length)} possible deadlock${inversions.length === 1 ? "" : "s"}: ` +
		"locks that are taken in both orders, or in a ring"),
	...inversions.map(i => make("div", {class: "inversion"}, make("bdi", {class: "soft"}, i.process),
		...i.orders.map((o, k) => order(o, i.orders[(k + 1) % i.orders.length]))))));
}
