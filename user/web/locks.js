// SPDX-License-Identifier: GPL-2.0-or-later
// The locks of a recording: a row each with its holders, and from the samples of its profile the
// stacks of those who waited and of those who let go.

const LOCK_STATES = new Map([["on-CPU", "on CPU"], ["run queue", "run queue"], ["", "not known"]]);

class Locks {
	constructor(data, profile) {
		this.profile = profile;
		this.tab = data.profile;
		this.value = Math.max(0, profile.types.findIndex(t => t.type === "delay"));
		this.all = data.all;
		this.events = data.events;
		this.rows = data.rows.map(readLock);
		this.inversions = (data.inversions ?? []).map(readInversion);
		this.counted = this.rows.some(r => r.taken);
		this.byKey = new Map(this.rows.map(r => [r.key, r]));
		this.sets = null;
	}

	// Rows that the page's filters leave.
	chosen(filters, events) {
		const process = chosenOption(filters, "process"), inside = chosenOption(filters, "container");

		return this.rows.filter(r => (events || r.held) &&
			(process === undefined || process === "pid:" + r.pid || process === "comm:" + r.comm) &&
			(inside === undefined || inside === "container:" + r.container));
	}

	facets() {
		const facet = (id, title, option, label) => {
			const sums = new Map();

			for (const r of this.rows)
				if (option(r))
					sums.set(option(r), {label: label(r), sum: (sums.get(option(r))?.sum ?? 0) + r.delay});
			return {id, title, options: Array.from(sums).sort((a, b) => b[1].sum - a[1].sum)};
		};

		return [facet("process", "Process", r => r.pid ? "pid:" + r.pid : "", r => r.process),
			facet("container", "Container", r => r.container ? "container:" + r.container : "",
				r => cleanName(r.container))];
	}

	// The label sets of a lock's samples, found once for all locks.
	setsOf(row) {
		if (!this.sets) {
			this.sets = new Map();
			this.profile.sets.forEach((set, i) => {
				const key = lockKey(Number(set.pid) || 0, String(set.class ?? ""), String(set.lock ?? ""));

				if (set.lock !== undefined)
					this.sets.set(key, [...this.sets.get(key) ?? [], i]);
			});
		}
		return new Set(this.sets.get(row.key));
	}

	// Who waited where and who let go: [{frames, name, value}], the largest first.
	sites(row) {
		const {profile} = this, sets = this.setsOf(row), values = profile.values[this.value];
		const waiters = new Map(), releases = new Map();
		const add = (map, key, value) => map.set(key, (map.get(key) ?? 0) + value);

		for (let i = 0; sets.size && i < values.length; i++) {
			if (!sets.has(profile.set[i]) || !values[i])
				continue;
			const set = profile.sets[profile.set[i]];

			add(waiters, profile.at[i], values[i]);
			if (set.waker !== undefined || set.waker_stack !== undefined)
				add(releases, JSON.stringify([String(set.waker ?? ""), String(set.waker_stack ?? "")]),
					values[i]);
		}
		const list = (map, describe) => Array.from(map, ([key, value]) => ({value, ...describe(key)}))
			.sort((a, b) => b.value - a.value);

		return {
			waiters: list(waiters, node => ({name: "", frames: this.framesOf(node)})),
			releases: list(releases, key => {
				const [name, stack] = JSON.parse(key);

				return {name: cleanName(name), frames: textFrames(stack)};
			}),
		};
	}

	// Leaf first.
	framesOf(node) {
		const {profile} = this, frames = [];

		for (; node > 0; node = profile.parent[node]) {
			const frame = profile.frame[node];

			if (profile.sorts[frame] !== SORT.process)
				frames.push({name: profile.names[frame], module: profile.modules[frame],
					sort: profile.sorts[frame]});
		}
		return frames;
	}
}

const lockKey = (pid, cls, lock) => JSON.stringify([pid, cls, lock]);

// "root;...;leaf" as frames, leaf first. Above where the kernel is entered it is the kernel's.
function textFrames(stack) {
	const names = stack ? cleanName(stack).split(";").reverse() : [];
	const entry = names.findLastIndex(n => /^(entry_SYSCALL|asm_exc_|asm_sysvec_|el0t?_|ret_from_fork)/.test(n));

	return names.map((name, i) => ({name, module: "", sort: i <= entry ? SORT.kernel : SORT.user}));
}

function readLock(r) {
	const pid = r.pid ?? 0, comm = cleanName(r.comm);

	return {
		key: lockKey(pid, r.class, r.lock), lock: r.lock, class: r.class, comm: r.comm, pid,
		label: cleanName(r.lock) || "[not known]", kind: cleanName(r.class),
		process: pid ? `${comm || "[unknown]"} (${pid})` : comm || "[kernel]",
		container: r.container ?? "", inside: cleanName(r.container ?? ""),
		held: r.held, address: r.address ?? "", objects: r.objects ?? 0,
		waits: r.waits ?? 0, delay: r.delay ?? 0, longest: r.longest ?? 0,
		taken: r.taken ?? 0, hold: r.hold ?? 0,
		why: cleanName(r.why ?? ""), at: cleanName(r.at ?? ""), release: cleanName(r.release ?? ""),
		others: r.others ?? 0, holdersAll: r.n_holders ?? 0,
		holders: r.holders.map(([name, value, states]) => ({
			name: cleanName(name), value,
			states: states.map(([state, ns, stack]) => ({
				name: LOCK_STATES.get(state) ?? cleanName(state), value: ns, frames: textFrames(stack)})),
		})),
	};
}

function readInversion(i) {
	return {pid: i.pid, process: `${cleanName(i.comm)} (${i.pid})`,
		orders: i.orders.map(([lock, stack, times]) => ({lock: cleanName(lock), frames: textFrames(stack), times}))};
}

// As in the ledger's bars: on a CPU, the run queue, then reasons, and what is not known.
function inBarOrder(states) {
	const place = name => ["on CPU", "run queue"].indexOf(name) + 1 || (name === "not known" ? 4 : 3);

	return [...states].sort((a, b) => place(a.name) - place(b.name) || b.value - a.value);
}

// What holders did, over all of them; what is not known is last. [{name, value}]
function statesOf(row) {
	const sums = new Map();
	let known = 0;

	for (const h of row.holders)
		for (const s of h.states) {
			if (s.name === "not known")
				continue;
			sums.set(s.name, (sums.get(s.name) ?? 0) + s.value);
			known += s.value;
		}
	const states = inBarOrder(Array.from(sums, ([name, value]) => ({name, value})));

	if (row.held && row.delay > known)
		states.push({name: "not known", value: row.delay - known});
	return states;
}
