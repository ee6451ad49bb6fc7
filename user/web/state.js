// SPDX-License-Identifier: GPL-2.0-or-later
// What is shown, kept in the address behind '#', so that a link or a reload brings it back.
// Changes go through update(), which tells the listeners which members changed.

const DEFAULTS = {
	tab: null,	// index of the profile, "ledger", "locks" or "memory"; null: the first there is
	value: null,	// name of a sample type; null: the profile's own
	view: null,	// graph, table, both, sandwich; null: what suits the window
	invert: false,
	search: "",
	filters: {},	// option by facet id
	by: "function",
	idle: null,	// are waits for work shown? null: as suits the profile
	rows: "process",	// of the ledger
	order: "active",	// of the ledger, as sort
	grown: "",	// of memory's processes, as sort; "": the columns' own
	leaks: "",	// of the stacks that keep memory, as sort
	lock: "",	// the lock that is looked at
	locksort: "delay",	// of the locks, as sort
	sort: "self",	// self, total, name, module; a leading '-' turns it round
	fn: null,	// the function that table, graph and sandwich share: {name, module}
	zoom: "",	// path of the node that fills the width
};

// What profiles and the ledger share when another is chosen.
function keptFilters() {
	const kept = {};

	for (const id of ["process", "container"])
		if (Object.hasOwn(state.filters, id))
			kept[id] = state.filters[id];
	return kept;
}

function tabChange(tab) {
	return {...DEFAULTS, view: state.view, rows: state.rows, order: state.order, locksort: state.locksort, filters: keptFilters(), tab};
}

const state = {...DEFAULTS};
const listeners = [];

function onChange(listener) {
	listeners.push(listener);
}

function update(changes) {
	const changed = new Set();

	for (const [key, value] of Object.entries(changes)) {
		if (JSON.stringify(state[key]) === JSON.stringify(value))
			continue;
		state[key] = value;
		changed.add(key);
	}
	if (!changed.size)
		return;
	writeHash();
	for (const listener of listeners)
		listener(changed);
}

// Chooses an option of a facet; undefined: all.
function setFilter(facet, option) {
	const filters = {...state.filters};

	delete filters[facet];
	if (option !== undefined)
		filters[facet] = option;
	update({filters});
}

function writeHash() {
	const parts = new URLSearchParams();

	for (const key of Object.keys(DEFAULTS)) {
		const value = state[key];

		if (JSON.stringify(value) === JSON.stringify(DEFAULTS[key]))
			continue;
		if (key === "filters")
			for (const [facet, option] of Object.entries(value))
				parts.append("filter", facet + "=" + option);
		else if (key === "fn")
			parts.append("fn", JSON.stringify([value.name, value.module]));
		else
			parts.append(key, value === true ? "1" : value === false ? "0" : value);
	}
	const hash = "#" + parts;

	if (location.hash === hash || (!location.hash && hash === "#"))
		return;
	try {
		history.replaceState(null, "", hash);
	} catch {
		// Browsers refuse addresses that are too long, and changes that come too fast.
	}
}

function parseFunction(text) {
	try {
		const [name, module] = JSON.parse(text);

		return typeof name === "string" ? {name, module: String(module)} : null;
	} catch {
		return null;
	}
}

function readHash() {
	const parts = new URLSearchParams(location.hash.slice(1));
	const read = {...DEFAULTS, filters: {}};

	for (const [key, value] of parts) {
		const equals = value.indexOf("=");

		if (key === "filter" && equals > 0)
			read.filters[value.slice(0, equals)] = value.slice(equals + 1);
		else if (key === "fn")
			read.fn = parseFunction(value);
		else if (key === "tab")
			read.tab = ["ledger", "locks", "memory"].includes(value) ? value : Number(value) || 0;
		else if (key === "idle")
			read.idle = value === "1";
		else if (key === "invert")
			read.invert = value === "1";
		else if (Object.hasOwn(DEFAULTS, key) && key !== "filters")
			read[key] = value;
	}
	return read;
}
