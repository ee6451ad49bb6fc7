// SPDX-License-Identifier: GPL-2.0-or-later
// Trees as they are drawn: who is below whom, largest first, and where each begins on the way from
// 0 to the root's total. The plain view uses the profile's own nodes; others are merged from them.

class Tree {
	// Arrays by node; node 0 is the root. Nodes without value get no place.
	constructor(profile, {parent, frame, inlined, total, self}) {
		this.profile = profile;
		this.n = parent.length;
		Object.assign(this, {parent, frame, inlined, total, self});
		this.depth = new Int32Array(this.n);
		this.start = new Float64Array(this.n);
		this.placeChildren();
	}

	placeChildren() {
		const {n, parent, total} = this;
		const first = new Int32Array(n + 1), child = new Int32Array(n);
		const next = new Int32Array(n);

		for (let i = 1; i < n; i++)
			if (total[i] > 0)
				first[parent[i] + 1]++;
		for (let i = 0; i < n; i++)
			first[i + 1] += first[i];
		for (let i = 1; i < n; i++)
			if (total[i] > 0)
				child[first[parent[i]] + next[parent[i]]++] = i;
		this.first = first;
		this.child = child;
		this.rows = 1;
		for (let i = 0; i < n; i++)
			if (i === 0 || total[i] > 0)
				this.placeBelow(i);
	}

	placeBelow(node) {
		const {first, child, total, frame} = this, names = this.profile.names;
		const from = first[node], to = first[node + 1];
		let at = this.start[node];

		if (from === to)
			return;
		if (to - from > 1)
			child.subarray(from, to).sort((a, b) => total[b] - total[a] ||
				(names[frame[a]] < names[frame[b]] ? -1 : 1));
		for (let i = from; i < to; i++) {
			const c = child[i];

			this.start[c] = at;
			this.depth[c] = this.depth[node] + 1;
			at += total[c];
		}
		if (this.depth[node] + 2 > this.rows)
			this.rows = this.depth[node] + 2;
	}

	// The child whose place holds `value`, or -1.
	childAt(node, value) {
		let low = this.first[node], high = this.first[node + 1] - 1;

		while (low <= high) {
			const mid = low + high >> 1, c = this.child[mid];

			if (value < this.start[c])
				high = mid - 1;
			else if (value >= this.start[c] + this.total[c])
				low = mid + 1;
			else
				return c;
		}
		return -1;
	}

	// The way from the root as text, and back: for links.
	path(node) {
		const steps = [];

		if (this.depth[node] > LONGEST_PATH)
			return "";
		for (; node > 0; node = this.parent[node])
			steps.push(this.frame[node].toString(36) + (this.inlined[node] ? "!" : ""));
		return steps.reverse().join(".");
	}

	find(path) {
		let node = 0;

		for (const step of path ? path.split(".") : []) {
			const frame = parseInt(step, 36), inlined = step.endsWith("!") ? 1 : 0;
			let found = -1;

			for (let i = this.first[node]; i < this.first[node + 1] && found < 0; i++) {
				const c = this.child[i];

				if (this.frame[c] === frame && this.inlined[c] === inlined)
					found = c;
			}
			if (found < 0)
				break;
			node = found;
		}
		return node;
	}
}

// A file made to harm can ask for a tree of any size: ways end where this many nodes are reached.
const MOST_NODES = 3e6;
const LONGEST_PATH = 2000;	// steps of a link

// Grows a merged tree: equal ways from the root become one.
class TreeMaker {
	constructor(profile, rootFrame) {
		this.profile = profile;
		this.parent = [-1];
		this.frame = [rootFrame];
		this.inlined = [0];
		this.total = [0];
		this.self = [0];
		this.known = new Map();
		this.width = profile.names.length * 2;
	}

	child(parent, frame, inlined) {
		const key = parent * this.width + frame * 2 + inlined;
		let node = this.known.get(key);

		if (node === undefined && this.parent.length >= MOST_NODES)
			return -1;
		if (node === undefined) {
			node = this.parent.length;
			this.known.set(key, node);
			this.parent.push(parent);
			this.frame.push(frame);
			this.inlined.push(inlined);
			this.total.push(0);
			this.self.push(0);
		}
		return node;
	}

	finish() {
		return new Tree(this.profile, {
			parent: Int32Array.from(this.parent),
			frame: Int32Array.from(this.frame),
			inlined: Uint8Array.from(this.inlined),
			total: Float64Array.from(this.total),
			self: Float64Array.from(this.self),
		});
	}
}

function plainTree(profile, weights) {
	return new Tree(profile, {parent: profile.parent, frame: profile.frame,
		inlined: profile.inlined, total: weights.total, self: weights.self});
}

// Starts with what ran; below each function stand its callers.
function invertedTree(profile, {self}) {
	const maker = new TreeMaker(profile, 0);

	for (let i = 0; i < profile.n; i++) {
		let at = 0;

		if (self[i] <= 0)
			continue;
		maker.total[0] += self[i];
		for (let x = i; x > 0; x = profile.parent[x]) {
			at = maker.child(at, profile.frame[x], profile.inlined[x]);
			if (at < 0)
				break;
			maker.total[at] += self[i];
			if (x === i)
				maker.self[at] += self[i];
		}
	}
	return maker.finish();
}

function functionGroups(profile) {
	return Int32Array.from(profile.names, (_, i) => i);
}

// The nodes where calls of a function begin: those in which it is not already running.
function entries(profile, frame) {
	const outermost = profile.outermost("function", functionGroups(profile));
	const nodes = [];

	for (let i = 1; i < profile.n; i++)
		if (profile.frame[i] === frame && outermost[i])
			nodes.push(i);
	return nodes;
}

function callersTree(profile, {total}, frame) {
	const maker = new TreeMaker(profile, frame);

	for (const node of entries(profile, frame)) {
		const value = total[node];
		let at = 0;

		if (value <= 0)
			continue;
		maker.total[0] += value;
		for (let x = profile.parent[node]; x > 0; x = profile.parent[x]) {
			at = maker.child(at, profile.frame[x], profile.inlined[x]);
			if (at < 0)
				break;
			maker.total[at] += value;
		}
	}
	return maker.finish();
}

function calleesTree(profile, {self, total}, frame) {
	const maker = new TreeMaker(profile, frame);
	const merged = new Int32Array(profile.n).fill(-1);

	for (const node of entries(profile, frame))
		merged[node] = 0;
	for (let i = 1; i < profile.n; i++) {
		const up = merged[profile.parent[i]];

		if (up >= 0)
			merged[i] = maker.child(up, profile.frame[i], profile.inlined[i]);
		if (merged[i] < 0)
			continue;
		maker.total[merged[i]] += total[i];
		maker.self[merged[i]] += self[i];
	}
	return maker.finish();
}
