// SPDX-License-Identifier: GPL-2.0-or-later
// The table of what took most: rows of a chosen grouping, added up from the same weights as the
// graph. Only the rows in the window exist as elements.

const TABLE_ROW = 24;
const GROUPINGS = {function: "Functions", module: "Modules"};	// and the facets

// [{id, label, module, sort, self, total, frame}]
function tableRows(profile, weights, by) {
	if (by === "function")
		return groupRows(profile, weights, "function", functionGroups(profile), i => ({
			label: profile.names[i], module: profile.modules[i], sort: profile.sorts[i], frame: i}));
	if (by === "module") {
		const {group, labels} = moduleGroups(profile);

		return groupRows(profile, weights, "module", group, i => labels[i]);
	}
	return facetRows(profile, weights, by);
}

// One number a module, by the frame's module; processes are none.
function moduleGroups(profile) {
	const known = new Map(), labels = [];
	const group = Int32Array.from(profile.names, (_, i) => {
		const key = profile.sorts[i] === SORT.process ? "" : "m" + profile.modules[i];

		if (!known.has(key)) {
			known.set(key, labels.length);
			labels.push({label: profile.modules[i], module: "", sort: profile.sorts[i], frame: -1});
		}
		return known.get(key);
	});

	return {group, labels};
}

function groupRows(profile, {self, total}, name, group, describe) {
	const outermost = profile.outermost(name, group);
	const n = group.reduce((most, g) => Math.max(most, g), 0) + 1;
	const ownSum = new Float64Array(n), sum = new Float64Array(n);
	const skip = new Uint8Array(n);

	for (let i = 1; i < profile.n; i++) {
		const g = group[profile.frame[i]];

		ownSum[g] += self[i];
		if (outermost[i])
			sum[g] += total[i];
		if (profile.sorts[profile.frame[i]] === SORT.process)
			skip[g] = 1;
	}
	const rows = [];

	for (let g = 0; g < n; g++)
		if (!skip[g] && (sum[g] || ownSum[g]))
			rows.push({id: g, self: ownSum[g], total: sum[g], ...describe(g)});
	return rows;
}

function facetRows(profile, {keep, values}, id) {
	const facet = profile.facets.find(f => f.id === id), sums = new Map();

	for (let i = 0; facet && i < values.length; i++) {
		const options = keep[profile.set[i]] ? facet.of[profile.set[i]] : [];
		const option = options.at(-1);

		if (option !== undefined)
			sums.set(option, (sums.get(option) ?? 0) + values[i]);
	}
	return Array.from(sums, ([option, sum]) => ({id: option, label: facet.options.get(option),
		module: "", sort: SORT.process, frame: -1, self: sum, total: sum}));
}

const COLUMNS = [
	{id: "self", title: "Self", hint: "while it ran itself"},
	{id: "total", title: "Total", hint: "with everything it called"},
	{id: "name", title: "Function", hint: "by name"},
	{id: "module", title: "Module", hint: "by module"},
];

// Groupings of samples have one value: what ran itself is all of it.
function sortColumn(wanted, by) {
	if (!COLUMNS.some(c => c.id === wanted))
		return "total";
	return Object.hasOwn(GROUPINGS, by) || wanted === "name" ? wanted : "total";
}

class Table {
	// on: {pick(row), open(row), sort(column)}
	constructor(head, body, on) {
		this.head = head.querySelector("tr");
		this.body = body;
		this.spacer = body.querySelector(".spacer");
		this.on = on;
		this.rows = this.shown = [];
		this.picked = -1;
		body.addEventListener("scroll", () => this.draw());
		body.addEventListener("keydown", e => this.key(e));
		new ResizeObserver(() => this.draw()).observe(body);
	}

	// what: {rows, whole, unit, sort, query, by, fn}
	set(what) {
		const test = matcher(what.query);
		const down = !what.sort.startsWith("-");
		const column = sortColumn(what.sort.replace("-", ""), what.by);
		const text = column === "name" ? r => r.label : r => r.module;
		const order = column === "name" || column === "module"
			? (a, b) => text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0
			: (a, b) => b[column] - a[column] || b.total - a.total;
		const scrolls = what.query !== this.what?.query || what.sort !== this.what?.sort ||
			what.by !== this.what?.by;

		this.what = what;
		this.shown = what.rows.filter(r => !test || test(r.label) || test(r.module))
			.sort((a, b) => (down ? 1 : -1) * order(a, b) || (a.label < b.label ? -1 : 1));
		this.picked = this.shown.findIndex(r => r.frame >= 0 && r.frame === what.fn);
		this.spacer.style.height = this.shown.length * TABLE_ROW + "px";
		this.body.setAttribute("aria-rowcount", this.shown.length);
		if (scrolls)
			this.body.scrollTop = 0;
		if (this.picked >= 0)
			this.bringIn();
		this.drawHead(column, down);
		this.draw();
	}

	drawHead(column, down) {
		const plain = !Object.hasOwn(GROUPINGS, this.what.by);
		const label = plain ? "Name" : GROUPINGS[this.what.by].replace(/s$/, "");

		this.head.replaceChildren(...COLUMNS.filter(c => !plain || c.id === "total" || c.id === "name")
			.filter(c => c.id !== "module" || this.what.by === "function")
			.map(c => make("th", {class: "c-" + c.id, "aria-sort": c.id !== column ? "none"
				: down ? "descending" : "ascending"},
			make("button", {title: c.hint, onclick: () => this.on.sort(c.id)},
				c.id === "name" ? label : c.title,
				make("span", {}, c.id !== column ? "" : down ? "\u25be" : "\u25b4")))));
	}

	draw() {
		const top = Math.floor(this.body.scrollTop / TABLE_ROW);
		const n = Math.ceil(this.body.clientHeight / TABLE_ROW) + 1;
		const rows = this.shown.slice(top, top + n).map((row, i) => this.element(row, top + i));

		for (const old of this.body.querySelectorAll(".row"))
			old.remove();
		this.body.append(...rows);
	}

	element(row, i) {
		const plain = !Object.hasOwn(GROUPINGS, this.what.by);
		const cells = [this.number(row.total, "c-total"), make("span", {class: "c-name"},
			make("i", {class: "sort-" + row.sort}), make("bdi", {}, row.label))];

		if (!plain)
			cells.unshift(this.number(row.self, "c-self"));
		if (this.what.by === "function")
			cells.push(make("span", {class: "c-module"}, make("bdi", {}, row.module)));
		const element = make("div", {class: i === this.picked ? "row picked" : "row", role: "row",
			"aria-rowindex": i + 1, title: row.module ? `${row.label}\n${row.module}` : row.label,
			onclick: () => this.pick(i), ondblclick: () => this.on.open(row)}, ...cells);

		element.style.top = i * TABLE_ROW + "px";
		return element;
	}

	number(value, name) {
		const {whole, unit} = this.what;
		const cell = make("span", {class: name + " number"}, make("b", {}, value ? formatPercent(value, whole)
			: ""), make("span", {}, value ? formatValue(value, unit) : "\u2013"));

		cell.style.setProperty("--part", whole > 0 ? Math.min(100, 100 * value / whole) + "%" : "0%");
		return cell;
	}

	pick(i) {
		if (i < 0 || i >= this.shown.length)
			return;
		this.picked = i;
		this.bringIn();
		this.draw();
		this.on.pick(this.shown[i]);
	}

	bringIn() {
		const top = this.picked * TABLE_ROW, height = this.body.clientHeight;

		if (top < this.body.scrollTop)
			this.body.scrollTop = top;
		else if (height && top + TABLE_ROW > this.body.scrollTop + height)
			this.body.scrollTop = top + TABLE_ROW - height;
	}

	key(event) {
		const page = Math.max(1, Math.floor(this.body.clientHeight / TABLE_ROW) - 1);
		const steps = {ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page,
			Home: -Infinity, End: Infinity};

		if (event.key in steps && !event.ctrlKey && !event.metaKey) {
			const to = this.picked < 0 ? 0 : this.picked + steps[event.key];

			event.preventDefault();
			event.stopPropagation();
			this.pick(Math.max(0, Math.min(this.shown.length - 1, to)));
		} else if (event.key === "Enter" && this.picked >= 0) {
			event.preventDefault();
			event.stopPropagation();
			this.on.open(this.shown[this.picked]);
		}
	}
}
