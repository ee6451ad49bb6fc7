// SPDX-License-Identifier: GPL-2.0-or-later
// The locks as rows, each with a bar of what its holders did while others waited, and in words.

const LOCK_COLUMNS = [
	{id: "label", title: "Lock", hint: "by name", text: true},
	{id: "process", title: "Process", hint: "by process", text: true},
	{id: "kind", title: "Class", hint: "what sort of lock it is", text: true},
	{id: "waits", title: "Waits", hint: "how often someone waited"},
	{id: "longest", title: "Longest", hint: "the longest wait"},
	{id: "taken", title: "Taken", hint: "how often it was taken", counted: true},
	{id: "hold", title: "Held", hint: "how long it was held, together", counted: true},
	{id: "delay", title: "Delay", hint: "how long was waited for it, together"},
	{id: "bar", title: "Its holder did", hint: "by delay"},
	{id: "why", title: "Who held it", hint: "by delay"},
];
const LOCK_SORT = "delay";
const LOCK_TIMES = new Set(["longest", "hold", "delay"]);

class LocksTable extends Table {
	// what: {locks, rows, sort, query, key, chosen}
	set(what) {
		const test = matcher(what.query), down = !what.sort.startsWith("-");
		const wanted = what.sort.replace("-", "").replace(/^(bar|why)$/, LOCK_SORT);
		const column = LOCK_COLUMNS.find(c => c.id === wanted) ?? LOCK_COLUMNS.find(c => c.id === LOCK_SORT);
		const order = column.text ? (a, b) => a[column.id] < b[column.id] ? -1 : a[column.id] > b[column.id] ? 1 : 0
			: (a, b) => b[column.id] - a[column.id];
		const scrolls = what.key !== this.what?.key;

		this.what = what;
		this.shown = what.rows.filter(r => !test || test(r.label) || test(r.process) || test(r.kind) ||
			test(r.inside) || test(r.why) || test(r.at))
			.sort((a, b) => (down ? 1 : -1) * order(a, b) || b.delay - a.delay);
		this.most = this.shown.reduce((most, r) => Math.max(most, r.delay), 0);
		// The first is looked at when none was chosen.
		this.picked = Math.max(this.shown.findIndex(r => r.key === what.chosen), this.shown.length ? 0 : -1);
		this.spacer.style.height = this.shown.length * TABLE_ROW + "px";
		this.body.setAttribute("aria-rowcount", this.shown.length);
		if (scrolls)
			this.body.scrollTop = 0;
		if (this.picked > 0)
			this.bringIn();
		this.drawHead(column.id, down);
		this.draw();
	}

	get columns() {
		return LOCK_COLUMNS.filter(c => !c.counted || this.what.locks.counted);
	}

	drawHead(column, down) {
		this.head.replaceChildren(...this.columns.map(c => make("th", {class: "k-" + c.id,
			"aria-sort": c.id !== column ? "none" : down ? "descending" : "ascending"},
		make("button", {title: `${c.hint}; sorts`, onclick: () => this.on.sort(c.id)}, c.title,
			make("span", {}, c.id !== column ? "" : down ? "\u25be" : "\u25b4")))));
	}

	element(row, i) {
		const cells = this.columns.map(c => c.id === "label" ? this.name(row)
			: c.id === "process" ? this.process(row)
			: c.id === "bar" ? make("span", {class: "k-bar"}, stateBar(row.delay, statesOf(row)))
			: c.id === "why" ? make("span", {class: "k-why"}, make("bdi", {}, row.why))
			: c.id === "delay" ? this.delay(row)
			: make("span", {class: `k-${c.id}${c.text ? "" : " l-number"}`}, this.cell(row, c)));
		const element = make("div", {class: i === this.picked ? "row picked" : "row", role: "row",
			"aria-rowindex": i + 1, title: row.why, onclick: () => this.pick(i),
			ondblclick: () => this.on.open(row)}, ...cells);

		element.style.top = i * TABLE_ROW + "px";
		return element;
	}

	cell(row, column) {
		if (column.text)
			return row[column.id];
		if (!row[column.id])
			return "\u2013";
		return LOCK_TIMES.has(column.id) ? formatValue(row[column.id], "nanoseconds")
			: formatNumber(row[column.id]);
	}

	delay(row) {
		const cell = make("span", {class: "k-delay l-number number"},
			row.delay ? formatValue(row.delay, "nanoseconds") : "\u2013");

		cell.style.setProperty("--part", this.most > 0 ? 100 * row.delay / this.most + "%" : "0%");
		return cell;
	}

	name(row) {
		return make("span", {class: "k-label"}, make("bdi", {}, row.label));
	}

	process(row) {
		const cell = make("span", {class: "k-process"}, make("bdi", {}, row.process));

		if (row.inside)
			cell.append(make("bdi", {class: "inside"}, row.inside));
		return cell;
	}
}

// Rest is no trouble in the ledger, but it is in one who holds a lock.
const RESTING = {
	light: {sleep: "hsl(246 46% 74%)", wait: "hsl(228 42% 64%)", poll: "hsl(196 44% 60%)"},
	dark: {sleep: "hsl(246 34% 56%)", wait: "hsl(228 36% 50%)", poll: "hsl(196 38% 44%)"},
};

function stateColour(name) {
	return name === "not known" ? "var(--unknown)"
		: RESTING[isDark() ? "dark" : "light"][name] ?? partColour({name});
}

// Parts of `most`.
function stateBar(most, states) {
	const bar = make("span", {class: "bar"});

	for (const state of states.filter(s => s.value > 0)) {
		const piece = make("i", {title: `${state.name} ${formatValue(state.value, "nanoseconds")}`});

		piece.style.width = (most > 0 ? 100 * Math.max(0, state.value) / most : 0) + "%";
		piece.style.background = stateColour(state.name);
		bar.append(piece);
	}
	return bar;
}
