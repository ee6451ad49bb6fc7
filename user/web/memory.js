// SPDX-License-Identifier: GPL-2.0-or-later
// Memory by process and by stack: what the kernel gave beside the change of the resident set, which
// is exact, and what was allocated, is in use and leaks, which is estimated from samples.

const AGES = ["<1s", "<10s", "<1min", "<10min", "<1h", ">=1h"];
const AGE_TITLES = ["below 1 s", "1\u201310 s", "10\u201360 s", "1\u201310 min", "10\u201360 min", "1 h and more"];

class Memory {
	constructor(data, profiles) {
		this.heapTab = profiles.findIndex(p => p.kind === "heap");
		this.growthTab = profiles.findIndex(p => p.kind === "growth");
		this.hasGrowth = Boolean(data?.growth);
		this.hasHeap = this.heapTab >= 0;
		this.ageNs = data?.leaks?.age_ns ?? 0;
		this.atMost = data?.leaks?.at_most ?? false;
		this.durationNs = data?.leaks?.duration_ns ?? 0;
		this.byPid = new Map();
		this.inside = containersOf(profiles);
		for (const p of data?.growth?.processes ?? [])
			this.addGrown(p);
		this.addOthers(data?.growth?.others);
		if (this.hasHeap)
			this.addHeap(profiles[this.heapTab]);
		this.stacks = (data?.leaks?.stacks ?? []).map((s, i) => this.makeStack(s, i));
		this.hasStacks = Boolean(data?.leaks);
		for (const s of this.stacks)
			if (s.leak)
				this.row(s.pid, s.comm).leak += s.inuse;
		this.processes = Array.from(this.byPid.values()).filter(p => p.given || p.alloc || p.inuse);
	}

	row(pid, comm) {
		let row = this.byPid.get(pid);

		if (!row) {
			row = {pid, name: cleanName(comm), inside: this.inside.get(pid) ?? "", given: 0, kept: 0, back: 0,
				ended: 0, rss: 0, before: 0, lives: false, alloc: 0, objects: 0, inuse: 0, inuseObjects: 0,
				leak: 0, n: 1};
			row.label = pid ? `${row.name || "[unknown]"} (${pid})` : row.name;
			this.byPid.set(pid, row);
		}
		return row;
	}

	// Two processes can have had one number.
	addGrown(p) {
		if (p.given_bytes <= 0)
			return;
		const row = this.row(p.pid, p.comm), lives = p.rss_after_bytes !== null;
		const change = lives ? p.rss_after_bytes - (p.rss_before_bytes ?? 0) : 0;
		const kept = Math.min(Math.max(change, 0), p.given_bytes);

		row.given += p.given_bytes;
		row.rss += change;
		row.lives ||= lives;
		row.kept += kept;
		row[lives ? "back" : "ended"] += p.given_bytes - kept;
	}

	// Those that have no row of their own.
	addOthers(others) {
		if (!(others?.given_bytes > 0))
			return;
		const row = this.row(0, "(others)");

		row.n = others.n_processes;
		row.given += others.given_bytes;
		row.kept += others.kept_bytes;
		row.back += others.back_bytes;
		row.ended += others.ended_bytes;
		row.rss += others.rss_change_bytes;
		row.lives ||= others.ended_bytes < others.given_bytes;
	}

	addHeap(profile) {
		const column = type => profile.values[profile.types.findIndex(t => t.type === type)];
		const types = [["alloc", column("alloc_space")], ["objects", column("alloc_objects")],
			["inuse", column("inuse_space")], ["inuseObjects", column("inuse_objects")]];

		for (let i = 0; i < profile.set.length; i++) {
			const set = profile.sets[profile.set[i]];
			const row = this.row(Number(set.pid ?? 0), String(set.comm ?? ""));

			for (const [name, values] of types)
				row[name] += values?.[i] ?? 0;
		}
	}

	makeStack(s, i) {
		const names = s.stack ? cleanName(s.stack).split(";").reverse() : [];

		return {i, pid: s.pid, comm: cleanName(s.comm), process: `${cleanName(s.comm) || "[unknown]"} (${s.pid})`, leak: s.leak, grows: s.grows,
			verdict: s.leak ? "leak" : s.grows ? "grows" : "kept", inuse: s.inuse_bytes, objects: s.inuse_objects,
			old: s.old_bytes, rate: s.grows ? s.bytes_per_minute : 0, samples: s.samples,
			ages: AGES.map(age => s.ages[age] ?? 0), names, path: names.join(" \u2190 "),
			inside: this.inside.get(s.pid) ?? ""};
	}

	chosen(list, filters) {
		const process = chosenOption(filters, "process"), inside = chosenOption(filters, "container");

		return list.filter(p => (process === undefined || process === "pid:" + p.pid ||
			process === "comm:" + (p.comm ?? p.name)) &&
			(inside === undefined || inside === "container:" + p.inside));
	}

	sum(rows) {
		const sum = {...this.emptyRow, label: "All", n: rows.reduce((n, row) => n + row.n, 0)};

		for (const row of rows) {
			for (const key of ["given", "kept", "back", "ended", "rss", "alloc", "objects", "inuse", "inuseObjects", "leak"])
				sum[key] = (sum[key] ?? 0) + row[key];
			sum.lives ||= row.lives;
		}
		return sum;
	}

	get emptyRow() {
		return {pid: 0, given: 0, kept: 0, back: 0, ended: 0, rss: 0, lives: false, alloc: 0, objects: 0, inuse: 0,
			inuseObjects: 0, leak: 0};
	}

	facets() {
		const facet = (id, title, option, label) => {
			const sums = new Map();

			for (const p of this.processes)
				if (option(p))
					sums.set(option(p), {label: label(p), sum: (sums.get(option(p))?.sum ?? 0) + p.given + p.alloc});
			return {id, title, options: Array.from(sums).sort((a, b) => b[1].sum - a[1].sum)};
		};

		return [facet("process", "Process", p => p.pid ? "pid:" + p.pid : "", p => p.label),
			facet("container", "Container", p => p.inside ? "container:" + p.inside : "", p => p.inside)];
	}
}

// Which container a process is in, as its samples say.
function containersOf(profiles) {
	const inside = new Map();

	for (const profile of profiles)
		for (const set of profile.sets) {
			const name = set.container ?? set.container_id;

			if (set.pid !== undefined && name !== undefined)
				inside.set(Number(set.pid), cleanName(String(name)));
		}
	return inside;
}

// The way to a stack's last box, as a link has it: from the process down as far as names agree.
function zoomOfStack(profile, stack) {
	const steps = [stack.comm, ...stack.names.slice().reverse()];
	const reached = new Map([[0, 0]]);
	let best = 0;

	for (let i = 1; i < profile.n; i++) {
		const depth = reached.get(profile.parent[i]);

		if (depth === undefined || profile.names[profile.frame[i]] !== steps[depth])
			continue;
		reached.set(i, depth + 1);
		if (depth + 1 > reached.get(best))
			best = i;
	}
	const way = [];

	for (let i = best; i > 0 && way.length <= LONGEST_PATH; i = profile.parent[i])
		way.push(profile.frame[i].toString(36) + (profile.inlined[i] ? "!" : ""));
	return way.length > LONGEST_PATH ? "" : way.reverse().join(".");
}

// --- colours ---

const MEMORY_PARTS = [
	{id: "kept", name: "still resident", what: "given by the kernel, and more than its resident set had before", of: "given"},
	{id: "back", name: "given back", what: "given, and unmapped, freed to the kernel or swapped out since", of: "given"},
	{id: "ended", name: "gone with its process", what: "the process ended during the recording", of: "given"},
	{id: "inuse", name: "in use", what: "allocated during the recording and not freed", of: "alloc"},
	{id: "freed", name: "freed", what: "allocated and freed again", of: "alloc"},
];
const MEMORY_HUES = {
	light: {kept: [208, 76, 52], back: [208, 42, 82], ended: [220, 10, 84], inuse: [28, 90, 56], freed: [32, 60, 84]},
	dark: {kept: [208, 66, 54], back: [208, 32, 32], ended: [220, 8, 30], inuse: [26, 80, 54], freed: [30, 34, 31]},
};

function memoryColour(id) {
	const [hue, saturation, light] = MEMORY_HUES[isDark() ? "dark" : "light"][id];

	return `hsl(${hue} ${saturation}% ${light}%)`;
}

const memoryPart = (row, id) => id === "freed" ? Math.max(0, row.alloc - row.inuse) : row[id];
