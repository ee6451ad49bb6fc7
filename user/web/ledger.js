// SPDX-License-Identifier: GPL-2.0-or-later
// Where the wall time went, as columns of numbers by process and thread. A row's parts are what its
// bar is made of: on a CPU, the run queue, then the reasons to wait. Quiet parts (waiting for work,
// for another process, on a socket where nothing came) are in nobody's way.

class Ledger {
	constructor(data) {
		const strings = data.strings.map(cleanName);

		this.durationNs = data.duration_ns;
		this.stealNs = data.steal_ns;
		this.heals = data.heals;
		this.reasons = data.reasons.map(r => ({...r, name: cleanName(r.name), what: cleanName(r.what)}));
		this.containers = data.containers.map(([name, throttled, throttles, limit, memory]) =>
			({name: strings[name] || "[unknown]", throttled, throttles, limit, memory}));
		this.parts = [
			{id: "cpu", name: "on CPU", what: "ran", quiet: false},
			{id: "runq", name: "run queue", what: "could run, and waited for a CPU", quiet: false},
			...this.reasons.map((r, i) => ({id: "b" + i, ...r})),
		];
		// A socket on which nothing came; its time is in the part of its name, too.
		const net = this.parts.findIndex(p => p.name === "net");

		if (net >= 0)
			this.parts.push({id: "silent", of: net, name: "net, silent", quiet: true, idle: false,
				what: "a socket, in threads that never ran: nothing came"});
		this.parts.forEach((p, i) => p.i = i);
		this.processes = this.readRows(data.processes, (c, i) => ({
			pid: c.pid[i], name: strings[c.comm[i]] || "[unknown]", threads: c.threads[i],
			container: c.container[i] - 1}));
		this.threads = this.readRows(data.threads, (c, i) => ({
			process: c.process[i] - 1, tid: c.tid[i], name: strings[c.name[i]] || "[unknown]",
			threads: 1}));
		for (const p of this.processes) {
			p.label = p.pid ? `${p.name} (${p.pid})` : `${p.name} (many)`;
			p.inside = p.container >= 0 ? this.containers[p.container]?.name ?? "" : "";
		}
		for (const t of this.threads)
			t.label = `${t.name} (${t.tid})`;
		this.whole = this.sumRow("all", [this.readRow(data.host, id => data.host[id])]);
		this.addLeftOut(data);
	}

	// In the order of a bar: the quiet ones last, if at all.
	barParts(quietToo) {
		return [...this.parts.filter(p => !p.quiet), ...this.parts.filter(p => p.quiet && quietToo)];
	}

	readRow(columns, at) {
		const row = {wall: at("wall"), parts: this.parts.map(p => columns[p.id] ? at(p.id) : 0)};

		this.finish(row);
		return row;
	}

	readRows(columns, describe) {
		return columns.wall.map((_, i) =>
			Object.assign(this.readRow(columns, id => columns[id][i]), describe(columns, i)));
	}

	finish(row) {
		const silent = this.parts.at(-1);

		if (silent.id === "silent" && !row.split) {
			row.parts[silent.of] -= row.parts[silent.i];
			row.split = true;
		}
		row.active = 0;
		for (const p of this.parts)
			if (!p.quiet)
				row.active += row.parts[p.i];
		row.blocked = row.active - row.parts[0] - row.parts[1];
	}

	// Rows beyond the page's limits, as one: what the host has more than the rows.
	addLeftOut(data) {
		const n = data.processes.all - this.processes.length;

		if (n <= 0)
			return;
		const shown = this.sumRow("", this.processes), rest = this.sumRow("", []);

		rest.wall = this.whole.wall - shown.wall;
		rest.parts = this.whole.parts.map((v, i) => Math.max(0, v - shown.parts[i]));
		Object.assign(rest, {label: `${formatNumber(n)} more processes`, pid: 0, name: "",
			threads: 0, container: -1, inside: "", rest: true});
		this.finish(rest);
		this.processes.push(rest);
	}

	sumRow(label, rows) {
		const sum = {label, wall: 0, threads: 0, parts: new Array(this.parts.length).fill(0), split: true};

		for (const row of rows) {
			sum.wall += row.wall;
			sum.threads += row.threads ?? 0;
			for (let i = 0; i < sum.parts.length; i++)
				sum.parts[i] += row.parts[i];
		}
		this.finish(sum);
		return sum;
	}

	// The threads of processes, and for each process what its threads without a row have.
	threadRows(processes) {
		const places = new Map(processes.map(p => [this.processes.indexOf(p), []])), rows = [];

		for (const t of this.threads)
			places.get(t.process)?.push(t);
		for (const [i, threads] of places) {
			const process = this.processes[i], sum = this.sumRow("", threads);
			const missing = process.threads - threads.length;

			for (const t of threads)
				t.inside = processes.length > 1 ? process.label : "";
			rows.push(...threads);
			if (missing <= 0)
				continue;
			const rest = {inside: processes.length > 1 ? process.label : "",
				label: `${formatNumber(missing)} more thread${missing === 1 ? "" : "s"}`, threads: missing, process: i,
				wall: process.wall - sum.wall, split: true, rest: true,
				parts: process.parts.map((v, k) => Math.max(0, v - sum.parts[k]))};

			this.finish(rest);
			rows.push(rest);
		}
		return rows;
	}

	containerRows(processes) {
		const inside = new Map();

		for (const p of processes)
			inside.set(p.container, [...inside.get(p.container) ?? [], p]);
		return Array.from(inside, ([i, members]) => Object.assign(
			this.sumRow(i >= 0 ? this.containers[i].name : "[host]", members),
			{processes: members.length, ofContainer: i,
				throttled: i >= 0 ? this.containers[i].throttled : 0,
				throttles: i >= 0 ? this.containers[i].throttles : 0}));
	}

	// The processes that the page's filters leave: by "pid:N", "comm:NAME", "container:NAME".
	chosen(filters) {
		const process = chosenOption(filters, "process"), inside = chosenOption(filters, "container");

		return this.processes.filter(p => (process === undefined || process === "pid:" + p.pid ||
			process === "comm:" + p.name) &&
			(inside === undefined || inside === "container:" + p.inside));
	}

	// Rows of a grouping. One process alone is shown by its threads.
	rows(by, filters) {
		const processes = this.chosen(filters);

		if (by === "container")
			return this.containerRows(processes);
		return by === "thread" ? this.threadRows(processes) : processes;
	}

	facets() {
		const facet = (id, title, option, label) => {
			const sums = new Map();

			for (const p of this.processes)
				if (option(p))
					sums.set(option(p), {label: label(p), sum: (sums.get(option(p))?.sum ?? 0) + p.active});
			return {id, title, options: Array.from(sums).sort((a, b) => b[1].sum - a[1].sum)};
		};

		return [facet("process", "Process", p => p.pid ? "pid:" + p.pid : "", p => p.label),
			facet("container", "Container", p => p.inside ? "container:" + p.inside : "", p => p.inside)];
	}
}

// --- colours: one a part; quiet ones have little of it ---

const PART_HUES = {
	light: {"on CPU": [145, 46, 48], "run queue": [45, 92, 55], lock: [356, 74, 58], disk: [276, 48, 60],
		pagefault: [318, 58, 64], net: [208, 76, 56], kernel: [16, 60, 46], wait: [220, 16, 80],
		poll: [220, 10, 86], sleep: [220, 22, 90], pipe: [178, 26, 76], child: [36, 26, 78],
		stopped: [0, 0, 70], other: [0, 0, 82], "net, silent": [208, 26, 84]},
	dark: {"on CPU": [145, 44, 44], "run queue": [45, 78, 50], lock: [356, 66, 56], disk: [276, 44, 60],
		pagefault: [318, 48, 60], net: [208, 66, 54], kernel: [16, 58, 46], wait: [220, 12, 36],
		poll: [220, 8, 29], sleep: [220, 16, 24], pipe: [178, 22, 34], child: [36, 20, 34],
		stopped: [0, 0, 44], other: [0, 0, 36], "net, silent": [208, 24, 32]},
};

function partColour(part) {
	const [hue, saturation, light] = PART_HUES[isDark() ? "dark" : "light"][part.name] ??
		[shadeOf(part.name) * 60, 40, 60];

	return `hsl(${hue} ${saturation}% ${light}%)`;
}
