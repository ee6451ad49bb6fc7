// SPDX-License-Identifier: GPL-2.0-or-later
// The profiles as the page holds them: columns of numbers, and the tree of calls they belong to.
// Node 0 is the root, and a parent's number is smaller than its children's.

const SORT = {user: 0, kernel: 1, jit: 2, unnamed: 3, process: 4, state: 5};
const SORT_NAMES = ["user code", "kernel", "JIT code", "no name", "process",
	"state"];

// Names come from anybody: what would steer the text or turn its direction is shown as one sign.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function cleanName(s) {
	return s.replace(UNSEEN, "\ufffd");
}

async function readData() {
	const text = atob(document.getElementById("data").textContent.trim());
	const bytes = new Uint8Array(text.length);

	for (let i = 0; i < text.length; i++)
		bytes[i] = text.charCodeAt(i);
	const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
	return new Response(unpacked).json();
}

class Profile {
	constructor(data) {
		const strings = data.strings.map(cleanName);
		const n = data.up.length;

		this.kind = data.kind;
		this.question = data.question;
		this.types = data.types.map(([type, unit]) => ({type: cleanName(type), unit}));
		this.shown = data.shown;
		this.comments = data.comments.map(cleanName);
		this.timeNs = data.time_ns;
		this.durationNs = data.duration_ns;
		this.names = data.name.map(i => strings[i]);
		this.modules = data.module.map(i => strings[i]);
		this.files = data.file.map(i => strings[i]);
		this.sorts = Uint8Array.from(data.sort);
		this.n = n;
		this.parent = new Int32Array(n);
		for (let i = 0; i < n; i++)
			this.parent[i] = i - data.up[i];
		this.parent[0] = -1;
		this.frame = Int32Array.from(data.frame);
		this.inlined = Uint8Array.from(data.inlined);
		this.at = Int32Array.from(data.at);
		this.set = Int32Array.from(data.set);
		this.values = this.types.map((_, i) => Float64Array.from(data["value" + i]));
		this.sets = data.sets;
		this.facets = facetsOf(this);
		this.outermostCache = new Map();
	}

	// Every node's value, its own and with all below it, of the samples that the filters leave.
	// hidden: one flag a label set, or null.
	weigh(value, filters, hidden = null) {
		const self = new Float64Array(this.n), total = new Float64Array(this.n);
		const values = this.values[value], keep = this.keep(filters);
		let out = 0;

		for (let i = 0; i < values.length; i++)
			if (keep[this.set[i]] && hidden?.[this.set[i]])
				out += values[i];
			else if (keep[this.set[i]])
				self[this.at[i]] += values[i];
		for (let i = 0; hidden && i < keep.length; i++)
			keep[i] &= 1 - hidden[i];
		total.set(self);
		for (let i = this.n - 1; i > 0; i--)
			total[this.parent[i]] += total[i];
		return {self, total, keep, values, hidden: out};
	}

	// One flag a label set: do all filters want it?
	keep(filters) {
		const keep = new Uint8Array(this.sets.length).fill(1);

		for (const facet of this.facets) {
			const wanted = chosenOption(filters, facet.id);

			if (wanted === undefined)
				continue;
			for (let i = 0; i < keep.length; i++)
				if (!facet.of[i].includes(wanted))
					keep[i] = 0;
		}
		return keep;
	}

	// One flag a node: no caller of it is of the same group (function, module), so that adding
	// the totals of such nodes counts no sample twice. group: a number for each frame.
	outermost(name, group) {
		let flags = this.outermostCache.get(name);

		if (flags)
			return flags;
		flags = new Uint8Array(this.n);
		const running = new Map();

		this.walk(node => {
			const own = group[this.frame[node]], n = running.get(own) ?? 0;

			flags[node] = n ? 0 : 1;
			running.set(own, n + 1);
		}, node => {
			const own = group[this.frame[node]];

			running.set(own, running.get(own) - 1);
		});
		this.outermostCache.set(name, flags);
		return flags;
	}

	// Calls enter(node) on the way down and leave(node) on the way up, for all but the root.
	// Stacks can be deeper than the browser's own.
	walk(enter, leave) {
		const first = new Int32Array(this.n), next = new Int32Array(this.n);
		let node = 0;

		for (let i = this.n - 1; i > 0; i--) {
			next[i] = first[this.parent[i]];
			first[this.parent[i]] = i;
		}
		for (;;) {
			if (first[node]) {
				node = first[node];
				enter(node);
				continue;
			}
			while (node && !next[node]) {
				leave(node);
				node = this.parent[node];
			}
			if (!node)
				return;
			leave(node);
			node = next[node];
			enter(node);
		}
	}

	// Which frames match a search; null when there is nothing to look for or it is no expression.
	match(query) {
		const test = matcher(query);

		if (!test)
			return null;
		const flags = new Uint8Array(this.names.length);

		for (let i = 1; i < flags.length; i++)
			flags[i] = test(this.names[i]) || test(this.modules[i]) ? 1 : 0;
		return flags;
	}

	// The value of the samples with at least one matching frame.
	matchedValue(flags, total) {
		const below = new Uint8Array(this.n);
		let sum = 0;

		for (let i = 1; i < this.n; i++) {
			if (below[this.parent[i]]) {
				below[i] = 1;
			} else if (flags[this.frame[i]]) {
				below[i] = 1;
				sum += total[i];
			}
		}
		return sum;
	}
}

// Keys come from anybody, and "constructor" is one that every object seems to have.
function chosenOption(filters, id) {
	return Object.hasOwn(filters, id) ? filters[id] : undefined;
}

function matcher(query) {
	const expression = /^\/(.+)\/$/.exec(query);
	const small = query.toLowerCase();

	if (!query)
		return null;
	if (!expression)
		return s => s.toLowerCase().includes(small);
	try {
		const re = new RegExp(expression[1], "i");

		return s => re.test(s);
	} catch {
		return null;
	}
}

const FACET_TITLES = new Map(Object.entries({process: "Process", thread: "Thread",
	container: "Container", image: "Image", pod: "Pod", namespace: "Namespace",
	cgroup: "Control group", reason: "Reason", lock: "Lock", class: "Class", holder: "Holder",
	holder_state: "Holder did",
	waker: "Waker"}));
const FACET_PARTS = new Set(["pid", "comm", "tid", "thread", "container", "container_id", "waker_stack",
	"holder_stack"]);

// What samples can be filtered by: {id, title, of: the options of each label set}. A process is
// offered by its name (all that have it) and by its number.
function facetsOf(profile) {
	const facets = [
		makeFacet(profile, "process", set => {
			const options = [];

			if (set.comm !== undefined)
				options.push("comm:" + set.comm);
			if (set.pid !== undefined)
				options.push("pid:" + set.pid);
			return options;
		}),
		makeFacet(profile, "thread", set => set.tid === undefined ? [] : ["tid:" + set.tid]),
		makeFacet(profile, "container", set => {
			const name = set.container ?? set.container_id;

			return name === undefined ? [] : ["container:" + name];
		}),
	];
	const others = new Set();

	for (const set of profile.sets)
		for (const key of Object.keys(set))
			if (!FACET_PARTS.has(key) && typeof set[key] === "string")
				others.add(key);
	for (const key of others)
		facets.push(makeFacet(profile, key,
			set => Object.hasOwn(set, key) ? [key + ":" + set[key]] : []));
	// One option is a choice where not all samples have it.
	return facets.filter(f => f.options.size > 1 || (f.options.size && f.of.some(o => !o.length)));
}

function makeFacet(profile, id, optionsOf) {
	const facet = {id, title: FACET_TITLES.get(id) ?? cleanName(id), of: [], options: new Map()};

	for (const set of profile.sets) {
		const options = optionsOf(set);

		facet.of.push(options);
		for (const option of options)
			if (!facet.options.has(option))
				facet.options.set(option, optionLabel(option, set));
	}
	return facet;
}

function optionLabel(option, set) {
	const value = option.slice(option.indexOf(":") + 1);

	if (option.startsWith("pid:"))
		return cleanName(`${set.comm ?? "pid"} (${value})`);
	if (option.startsWith("tid:"))
		return cleanName(`${set.thread ?? set.comm ?? "thread"} (${value})`);
	return cleanName(value);
}
