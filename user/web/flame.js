// SPDX-License-Identifier: GPL-2.0-or-later
// One flame graph on a canvas. Only what can be seen is drawn: a branch ends where its box is out
// of the window or narrower than a pixel, so the cost is the picture's, not the profile's.

const ROW = 20;
const NARROWEST = 0.6;		// pixels; the rest of the siblings is then one grey box
const TEXT_LEAST = 26;
const PADDING = 5;
const ZOOM_MS = 180;
const FONT = "12px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";

class Flame {
	// on: {hover(flame, node, event), pick(flame, node)}; flipped: the root is at the bottom.
	constructor(host, on, flipped = false) {
		this.host = host;
		this.on = on;
		this.flipped = flipped;
		this.canvas = make("canvas", {tabindex: 0, role: "img"});
		this.spacer = make("div", {class: "spacer"});
		this.scroller = make("div", {class: "scroller"}, this.spacer);
		host.append(this.scroller, this.canvas);
		this.context = this.canvas.getContext("2d");
		this.widths = new Map();
		this.hovered = this.picked = -1;
		this.match = null;
		this.fn = -1;
		this.range = [0, 1];
		this.width = this.height = 0;
		this.listen();
	}

	setTree(tree, shades, palette) {
		this.tree = tree;
		this.shades = shades;
		this.palette = palette;
		this.hovered = this.picked = -1;
		this.zoomed = 0;
		this.range = [0, tree.total[0]];
		this.target = null;
		this.canvas.setAttribute("aria-label",
			`Flame graph, ${tree.n - 1} boxes, ${tree.rows} rows; arrow keys move, Enter zooms`);
		this.resize();
		this.scroller.scrollTop = this.flipped ? this.contentHeight : 0;
		this.draw();
	}

	resize() {
		const ratio = window.devicePixelRatio || 1;
		const width = this.scroller.clientWidth, height = this.scroller.clientHeight;
		const fromEnd = this.contentHeight - this.height - this.scroller.scrollTop;

		if (this.tree)
			this.spacer.style.height = this.tree.rows * ROW + "px";
		if (!width || !height)
			return;
		this.width = width;
		this.height = height;
		this.canvas.width = Math.round(width * ratio);
		this.canvas.height = Math.round(height * ratio);
		this.canvas.style.width = width + "px";
		this.canvas.style.height = height + "px";
		this.ratio = ratio;
		if (this.flipped) // what was at the end stays there
			this.scroller.scrollTop = this.contentHeight - height - fromEnd;
		this.draw();
	}

	get contentHeight() {
		return this.tree ? Math.max(this.tree.rows * ROW, this.flipped ? this.height : 0) : 0;
	}

	// Where the row of a depth begins, in pixels of the window.
	rowTop(depth) {
		const y = this.flipped ? this.contentHeight - (depth + 1) * ROW : depth * ROW;

		return y - this.scroller.scrollTop;
	}

	// --- drawing ---

	draw() {
		if (!this.waiting)
			this.waiting = requestAnimationFrame(time => {
				this.waiting = 0;
				this.step(time);
			});
	}

	step(time) {
		if (!this.tree || !this.width)
			return;
		if (this.target) {
			const part = Math.min(1, (time - this.target.since) / ZOOM_MS);
			const eased = 1 - (1 - part) ** 3;

			for (const i of [0, 1])
				this.range[i] = this.target.from[i] +
					(this.target.to[i] - this.target.from[i]) * eased;
			if (part >= 1)
				this.target = null;
			this.draw();
		}
		this.paint();
	}

	paint() {
		const {context, tree, ratio, width, height} = this;
		const scale = width / (this.range[1] - this.range[0] || 1);
		const waiting = tree.total[0] > 0 ? [0] : [];

		context.setTransform(ratio, 0, 0, ratio, 0, 0);
		context.clearRect(0, 0, width, height);
		context.font = FONT;
		context.textBaseline = "middle";
		context.direction = "ltr";
		while (waiting.length) {
			const node = waiting.pop(), y = this.rowTop(tree.depth[node]);

			if (this.flipped ? y < -ROW : y > height)
				continue;
			if (y > -ROW && y < height)
				this.paintBox(node, y, scale);
			this.pushChildren(node, y, scale, waiting);
		}
		this.paintMarks(scale);
	}

	pushChildren(node, y, scale, waiting) {
		const {tree, width} = this, [from, to] = this.range;
		const below = this.flipped ? y - ROW : y + ROW;

		for (let i = tree.first[node]; i < tree.first[node + 1]; i++) {
			const c = tree.child[i], start = tree.start[c], end = start + tree.total[c];

			if (end <= from)
				continue;
			if (start >= to)
				break;
			if ((end - start) * scale < NARROWEST) { // the others are no wider
				this.paintRest(node, i, below, scale);
				break;
			}
			waiting.push(c);
		}
	}

	paintRest(node, i, y, scale) {
		const {tree, context, range} = this;
		const last = tree.child[tree.first[node + 1] - 1];
		const x = (tree.start[tree.child[i]] - range[0]) * scale;
		const end = (tree.start[last] + tree.total[last] - range[0]) * scale;

		context.fillStyle = this.palette.rest;
		context.fillRect(Math.max(x, 0), y, Math.min(end, this.width) - Math.max(x, 0), ROW - 1);
	}

	paintBox(node, y, scale) {
		const {tree, context, palette, width} = this, frame = tree.frame[node];
		const left = (tree.start[node] - this.range[0]) * scale;
		const x = Math.max(left, -2), end = Math.min(left + tree.total[node] * scale, width + 2);
		const gap = end - x > 3 ? 1 : end - x > 1.5 ? 0.5 : 0;
		const matches = this.match && this.match[frame];
		const above = this.zoomed > 0 && tree.depth[node] < tree.depth[this.zoomed];

		context.globalAlpha = above && !matches ? 0.55 : 1;
		context.fillStyle = matches ? palette.match : this.match ? palette.dimmed
			: palette.fills[tree.inlined[node] ? INLINED : tree.profile.sorts[frame]][this.shades[frame]];
		context.fillRect(x, y, Math.max(end - x - gap, 0.5), ROW - 1);
		if (end - x >= TEXT_LEAST) {
			context.fillStyle = matches ? palette.matchText
				: this.match ? palette.dimmedText : palette.text;
			this.paintText(this.labelOf(node), Math.max(left, 0) + PADDING, end - PADDING,
				y + ROW / 2 + 0.5);
		}
		context.globalAlpha = 1;
	}

	labelOf(node) {
		return this.tree.profile.names[this.tree.frame[node]];
	}

	paintText(text, x, end, y) {
		const room = end - x, full = this.textWidth(text);

		if (room < 8)
			return;
		if (full > room) {
			const dots = this.textWidth("\u2026");
			let n = Math.floor(text.length * (room - dots) / full);

			while (n > 0 && this.context.measureText(text.slice(0, n)).width + dots > room)
				n--;
			if (n < 1)
				return;
			text = text.slice(0, n) + "\u2026";
		}
		this.context.fillText(text, x, y);
	}

	textWidth(text) {
		let width = this.widths.get(text);

		if (width === undefined) {
			width = this.context.measureText(text).width;
			this.widths.set(text, width);
		}
		return width;
	}

	// Frames around what is picked, under the pointer, and every call of the chosen function.
	paintMarks(scale) {
		const {context, palette, tree} = this;

		context.strokeStyle = palette.edge;
		if (this.fn >= 0)
			this.eachVisible(scale, node => {
				if (tree.frame[node] === this.fn)
					this.strokeBox(node, scale, 1.5);
			});
		if (this.hovered >= 0)
			this.strokeBox(this.hovered, scale, 1);
		if (this.picked >= 0)
			this.strokeBox(this.picked, scale, 2);
	}

	eachVisible(scale, visit) {
		const {tree} = this, [from, to] = this.range, waiting = [0];

		while (waiting.length) {
			const node = waiting.pop(), y = this.rowTop(tree.depth[node]);

			if (this.flipped ? y < -ROW : y > this.height)
				continue;
			visit(node);
			for (let i = tree.first[node]; i < tree.first[node + 1]; i++) {
				const c = tree.child[i];

				if (tree.total[c] * scale < NARROWEST)
					break;
				if (tree.start[c] + tree.total[c] > from && tree.start[c] < to)
					waiting.push(c);
			}
		}
	}

	strokeBox(node, scale, thick) {
		const {tree, context, width} = this, half = thick / 2;
		const left = (tree.start[node] - this.range[0]) * scale;
		const x = Math.max(left, 0), end = Math.min(left + tree.total[node] * scale, width);

		if (end <= x)
			return;
		context.lineWidth = thick;
		context.strokeRect(x + half, this.rowTop(tree.depth[node]) + half,
			Math.max(end - x - 1 - thick, 1), ROW - 1 - thick);
	}

	// --- moving ---

	setRange(from, to, animate) {
		const total = this.tree.total[0], least = total * 1e-9;
		const size = Math.min(Math.max(to - from, least), total);
		const start = Math.min(Math.max(from, 0), total - size);

		if (animate && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
			this.target = {from: [...this.range], to: [start, start + size],
				since: performance.now()};
		} else {
			this.target = null;
			this.range = [start, start + size];
		}
		this.draw();
	}

	zoomTo(node, animate = true) {
		this.zoomed = node;
		this.setRange(this.tree.start[node], this.tree.start[node] + this.tree.total[node], animate);
		this.showRow(this.tree.depth[node]);
	}

	pick(node) {
		this.picked = node;
		if (node >= 0)
			this.showRow(this.tree.depth[node]);
		this.draw();
	}

	showRow(depth) {
		const y = this.rowTop(depth);

		if (y < 0 || y + ROW > this.height)
			this.scroller.scrollTop += y < 0 ? y - ROW : y + 3 * ROW - this.height;
	}

	// Arrow keys: to the caller, to the largest callee, to the neighbours.
	move(key) {
		const {tree} = this, node = this.picked;
		const inward = this.flipped ? "ArrowUp" : "ArrowDown";
		let to = node;

		if (node < 0)
			to = this.zoomed;
		else if (key === inward)
			to = tree.first[node] < tree.first[node + 1] ? tree.child[tree.first[node]] : node;
		else if (key === "ArrowUp" || key === "ArrowDown")
			to = node > 0 ? tree.parent[node] : 0;
		else
			to = this.neighbour(node, key === "ArrowLeft" ? -1 : 1);
		this.pick(to);
		this.bringIn(to);
		return to;
	}

	neighbour(node, step) {
		const {tree} = this;

		if (node <= 0)
			return node;
		const up = tree.parent[node], from = tree.first[up], to = tree.first[up + 1];
		const at = tree.child.subarray(from, to).indexOf(node) + step;

		return at >= 0 && from + at < to ? tree.child[from + at] : node;
	}

	// Moves the window when the node is outside.
	bringIn(node) {
		const start = this.tree.start[node], end = start + this.tree.total[node];
		const [from, to] = this.target ? this.target.to : this.range, size = to - from;

		if (end <= from || start >= to) {
			this.zoomed = 0;
			this.setRange((start + end) / 2 - size / 2, (start + end) / 2 + size / 2, true);
		}
	}

	zoomBy(factor, at = 0.5) {
		const [from, to] = this.range, size = (to - from) * factor;
		const fixed = from + (to - from) * at;

		this.setRange(fixed - size * at, fixed + size * (1 - at), false);
	}

	// --- mouse ---

	nodeAt(x, y) {
		const {tree} = this;

		if (!tree || !this.width || tree.total[0] <= 0)
			return -1;
		const value = this.range[0] + x / this.width * (this.range[1] - this.range[0]);
		const depth = Math.floor((this.flipped ? this.rowTop(0) + ROW - y : y - this.rowTop(0)) / ROW);
		let node = 0;

		if (depth < 0)
			return -1;
		for (let d = 0; d < depth && node >= 0; d++)
			node = tree.childAt(node, value);
		return node;
	}

	listen() {
		const {scroller} = this;

		scroller.addEventListener("scroll", () => this.draw());
		scroller.addEventListener("pointermove", e => this.moved(e));
		scroller.addEventListener("pointerleave", e => this.hover(-1, e));
		scroller.addEventListener("pointerdown", e => this.pressed(e));
		scroller.addEventListener("pointerup", e => this.released(e));
		scroller.addEventListener("wheel", e => this.turned(e), {passive: false});
		new ResizeObserver(() => this.resize()).observe(this.host);
	}

	hover(node, event) {
		if (node !== this.hovered) {
			this.hovered = node;
			this.draw();
		}
		this.on.hover(this, node, event);
	}

	// Where the pointer is in the window; the event's own offsets mean whatever is under it.
	point(event) {
		const box = this.scroller.getBoundingClientRect();

		return [event.clientX - box.left, event.clientY - box.top];
	}

	moved(event) {
		const [x, y] = this.point(event);

		if (this.drag && event.buttons) {
			const dx = x - this.drag.x;

			if (Math.abs(dx) > 3)
				this.drag.far = true;
			if (this.drag.far) {
				const shift = dx / this.width * (this.drag.to - this.drag.from);

				this.setRange(this.drag.from - shift, this.drag.to - shift, false);
				scrollLock(this.scroller, true);
				return;
			}
		}
		this.hover(x < this.width ? this.nodeAt(x, y) : -1, event);
	}

	pressed(event) {
		const [x] = this.point(event);

		if (event.button === 0 && x < this.width)
			this.drag = {x, from: this.range[0], to: this.range[1]};
	}

	released(event) {
		const drag = this.drag;

		this.drag = null;
		scrollLock(this.scroller, false);
		if (!drag || drag.far)
			return;
		this.canvas.focus({preventScroll: true});
		this.on.pick(this, this.nodeAt(...this.point(event)));
	}

	// The wheel scrolls; with Ctrl it zooms about the pointer, sideways it moves.
	turned(event) {
		if (event.ctrlKey || event.metaKey) {
			event.preventDefault();
			this.zoomBy(Math.exp(event.deltaY * 0.0022), this.point(event)[0] / this.width);
		} else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
			const size = this.range[1] - this.range[0];
			const shift = (event.deltaX || event.deltaY) / this.width * size;

			event.preventDefault();
			this.setRange(this.range[0] + shift, this.range[1] + shift, false);
		}
	}
}

function scrollLock(element, on) {
	element.style.cursor = on ? "grabbing" : "";
}
