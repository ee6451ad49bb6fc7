// SPDX-License-Identifier: GPL-2.0-or-later
// The two tables of memory: processes, and stacks that keep memory. Their columns say how a cell is
// made; sorting, scrolling and keys are Table's.

// A change, with its sign.
function formatChange(bytes) {
	return (bytes > 0 ? "+" : bytes < 0 ? "\u2212" : "") + formatValue(Math.abs(bytes), "bytes");
}

const bytesCell = (row, id) => row[id] ? formatValue(row[id], "bytes") : "\u2013";

const PROCESS_COLUMNS = [
	{id: "label", title: "Process", hint: "by name"},
	{id: "rss", title: "RSS change", hint: "how its resident set changed, from start to end", of: "growth",
		cell: row => row.lives ? row.rss ? formatChange(row.rss) : "\u2013" : "ended"},
	{id: "given", title: "Given", hint: "pages that the kernel gave it, all counted", of: "growth", cell: bytesCell, bar: "kept"},
	{id: "alloc", title: "Allocated", hint: "by malloc and its kin, from samples", of: "heap", cell: bytesCell, bar: "inuse"},
	{id: "inuse", title: "In use", hint: "allocated during the recording and not freed", of: "heap", cell: bytesCell,
		bar: "inuse"},
	{id: "leak", title: "Leaks", hint: "of stacks that are called leaks", of: "heap", cell: bytesCell},
	{id: "parts", title: "What became of it", hint: "by what was given, or allocated"},
];
const STACK_COLUMNS = [
	{id: "verdict", title: "Leak?", hint: "leaks first"},
	{id: "inuse", title: "In use", hint: "allocated during the recording and not freed", cell: bytesCell, bar: "inuse"},
	{id: "objects", title: "Objects", hint: "in use", cell: row => formatNumber(row.objects)},
	{id: "old", title: "Old", hint: "in use for longer than the leak age", cell: bytesCell, bar: "inuse"},
	{id: "rate", title: "A minute", hint: "what is in use grows by that much", cell: row => row.grows ? formatChange(row.rate)
		: "\u2013"},
	{id: "ages", title: "Age", hint: "what is in use by age: young left, old right"},
	{id: "process", title: "Process", hint: "by name"},
	{id: "path", title: "Stack", hint: "by the function that allocates"},
];
const TEXT_COLUMNS = new Set(["label", "process", "path"]);
const rankOf = stack => stack.leak ? 2 : stack.grows ? 1 : 0;

class MemoryTable extends Table {
	// on: {pick(row), open(row), sort(column), label(row)}
	constructor(head, body, on, columns, start) {
		super(head, body, on);
		this.columns = columns;
		this.start = start;
	}

	// what: {rows, sort, query, key, shown: columns' ids, text(row)}
	set(what) {
		const test = matcher(what.query), down = !what.sort.startsWith("-"), wanted = what.sort.replace("-", "");
		const column = what.shown.includes(wanted) ? wanted : what.shown.includes(this.start) ? this.start : what.shown[1];
		const scrolls = what.key !== this.what?.key;

		this.what = what;
		this.most = {};
		this.shown = what.rows.filter(r => !test || test(what.text(r))).sort((a, b) =>
			(down ? 1 : -1) * this.compare(a, b, column) || (b.inuse - a.inuse) || (b.given ?? 0) - (a.given ?? 0));
		for (const {id} of this.columns)
			this.most[id] = this.shown.reduce((most, r) => Math.max(most, typeof r[id] === "number" ? r[id] : 0), 0);
		this.picked = scrolls ? -1 : Math.min(this.picked, this.shown.length - 1);
		this.spacer.style.height = this.shown.length * TABLE_ROW + "px";
		this.body.setAttribute("aria-rowcount", this.shown.length);
		if (scrolls)
			this.body.scrollTop = 0;
		this.head.replaceChildren(...this.columns.filter(c => what.shown.includes(c.id)).map(c =>
			make("th", {class: "m-" + c.id, "aria-sort": c.id !== column ? "none" : down ? "descending" : "ascending"},
				make("button", {title: `${c.hint}; sorts`, onclick: () => this.on.sort(c.id)}, c.title,
					make("span", {}, c.id !== column ? "" : down ? "\u25be" : "\u25b4")))));
		this.draw();
	}

	compare(a, b, column) {
		if (TEXT_COLUMNS.has(column))
			return a[column] < b[column] ? -1 : a[column] > b[column] ? 1 : 0;
		if (column === "verdict")
			return rankOf(b) - rankOf(a) || b.old - a.old;
		if (column === "ages")
			return b.old - a.old;
		return column === "parts" ? b.given - a.given || b.alloc - a.alloc : b[column] - a[column];
	}

	element(row, i) {
		const cells = this.columns.filter(c => this.what.shown.includes(c.id)).map(c => this.cell(row, c));
		const element = make("div", {class: i === this.picked ? "row picked" : "row", role: "row", "aria-rowindex": i + 1,
			"aria-label": this.on.label(row), onclick: () => this.pick(i), ondblclick: () => this.on.open(row)}, ...cells);

		element.style.top = i * TABLE_ROW + "px";
		return element;
	}

	cell(row, column) {
		const {id} = column;

		if (id === "verdict")
			return make("span", {class: "m-verdict"}, make("b", {class: "chip chip-" + row.verdict}, row.verdict));
		if (id === "ages")
			return make("span", {class: "m-ages"}, ageBars(row));
		if (id === "parts")
			return make("span", {class: "m-parts"}, this.bar(row));
		if (TEXT_COLUMNS.has(id)) {
			const cell = make("span", {class: "m-" + id, title: id === "path" ? row.names.join("\n") : row[id]},
				make("bdi", {}, row[id] || "no stack taken"));

			if (id === "label" && row.inside)
				cell.append(make("bdi", {class: "inside"}, row.inside));
			return cell;
		}
		const cell = make("span", {class: `m-${id} m-number${id === "rss" && !row.lives ? " m-soft" : ""}`}, column.cell(row, id));

		if (column.bar && this.most[id] > 0 && row[id] > 0) {
			cell.style.setProperty("--part", 100 * row[id] / this.most[id] + "%");
			cell.style.setProperty("--tint", memoryColour(column.bar));
		}
		return cell;
	}

	// Of what was given; of what was allocated, where growth was not recorded.
	bar(row) {
		const whole = this.what.shown.includes("given") ? "given" : "alloc", bar = make("span", {class: "bar"});

		for (const part of MEMORY_PARTS.filter(p => p.of === whole)) {
			const value = memoryPart(row, part.id), piece = make("i", {title: `${part.name}: ${formatValue(value, "bytes")}`});

			if (value <= 0)
				continue;
			piece.style.width = 100 * value / this.most[whole] + "%";
			piece.style.background = memoryColour(part.id);
			bar.append(piece);
		}
		return bar;
	}
}

// Six bars, young to old; the highest fills the row.
function ageBars(stack) {
	const most = Math.max(...stack.ages, 1), bars = make("span", {class: "ages", title: stack.ages.map((bytes, i) =>
		bytes ? `${AGE_TITLES[i]}: ${formatValue(bytes, "bytes")}` : "").filter(Boolean).join("\n")});

	for (const bytes of stack.ages) {
		const bar = make("i");

		bar.style.height = bytes > 0 ? Math.max(2, 16 * bytes / most) + "px" : "1px";
		if (bytes > 0)
			bar.style.background = memoryColour("inuse");
		bars.append(bar);
	}
	return bars;
}
