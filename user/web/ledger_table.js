// SPDX-License-Identifier: GPL-2.0-or-later
// The ledger as rows with bars, and beside them the parts of the chosen row (or of all) as a table:
// the legend of the bars, and their numbers for those who do not see them.

const LEDGER_COLUMNS = [
	{id: "label", title: "Process", hint: "by name"},
	{id: "threads", title: "Threads", hint: "how many there were"},
	{id: "wall", title: "Wall", hint: "the time they lived, together"},
	{id: "cpu", title: "On CPU", hint: "the time they ran"},
	{id: "runq", title: "Run queue", hint: "could run, and waited for a CPU"},
	{id: "blocked", title: "Waited", hint: "for something that was in the way"},
	{id: "active", title: "Where the time went", hint: "by all of the three"},
];
const LEDGER_BY = [["process", "By process"], ["thread", "By thread"], ["container", "By container"]];
const LEDGER_SORT = "active";

function ledgerValue(row, column) {
	return column === "cpu" ? row.parts[0] : column === "runq" ? row.parts[1] : row[column];
}

class LedgerTable extends Table {
	// on: {pick(row), open(row), sort(column), hover(row, event)}
	constructor(head, body, on) {
		super(head, body, on);
		body.addEventListener("mousemove", e => {
			const row = e.target.closest?.(".row");

			on.hover(row ? this.shown[Number(row.getAttribute("aria-rowindex")) - 1] : null, e);
		});
		body.addEventListener("mouseleave", e => on.hover(null, e));
	}

	// what: {ledger, rows, sort, query, by, idle, key}
	set(what) {
		const test = matcher(what.query), down = !what.sort.startsWith("-");
		const wanted = what.sort.replace("-", "");
		const column = LEDGER_COLUMNS.some(c => c.id === wanted) ? wanted : LEDGER_SORT;
		const order = column === "label" ? (a, b) => a.label < b.label ? -1 : a.label > b.label ? 1 : 0
			: (a, b) => ledgerValue(b, column) - ledgerValue(a, column);
		const scrolls = what.key !== this.what?.key;

		this.what = what;
		this.shown = what.rows.filter(r => !test || test(r.label) || test(r.inside ?? ""))
			.sort((a, b) => (down ? 1 : -1) * order(a, b) || b.wall - a.wall);
		this.most = this.shown.reduce((most, r) => Math.max(most, what.idle ? r.wall : r.active), 0);
		this.picked = scrolls ? -1 : Math.min(this.picked, this.shown.length - 1);
		this.spacer.style.height = this.shown.length * TABLE_ROW + "px";
		this.body.setAttribute("aria-rowcount", this.shown.length);
		if (scrolls)
			this.body.scrollTop = 0;
		this.drawHead(column, down);
		this.draw();
	}

	drawHead(column, down) {
		const title = LEDGER_BY.find(([id]) => id === this.what.by)[1].slice(3);

		this.head.replaceChildren(...LEDGER_COLUMNS.map(c => make("th", {class: "l-" + c.id,
			"aria-sort": c.id !== column ? "none" : down ? "descending" : "ascending"},
		make("button", {title: `${c.hint}; sorts`, onclick: () => this.on.sort(c.id)},
			c.id === "label" ? title[0].toUpperCase() + title.slice(1) : c.title,
			make("span", {}, c.id !== column ? "" : down ? "\u25be" : "\u25b4")))));
	}

	element(row, i) {
		const cells = LEDGER_COLUMNS.slice(1, -1).map(c => make("span", {class: `l-${c.id} l-number`},
			this.number(ledgerValue(row, c.id), c.id)));
		const name = make("span", {class: "l-label"}, make("bdi", {}, row.label));

		if (row.inside)
			name.append(make("bdi", {class: "inside"}, row.inside));
		if (row.throttled)
			name.append(make("bdi", {class: "inside bad", title: `held back by a CPU quota ${
				formatNumber(row.throttles)} times`}, `quota ${formatValue(row.throttled, "nanoseconds")}`));
		const element = make("div", {class: i === this.picked ? "row picked" : "row", role: "row",
			"aria-rowindex": i + 1, "aria-label": this.describe(row),
			onclick: () => this.pick(i), ondblclick: () => this.on.open(row)},
		name, ...cells, make("span", {class: "l-active"}, this.bar(row)));

		element.style.top = i * TABLE_ROW + "px";
		return element;
	}

	number(value, column) {
		if (column === "threads")
			return value ? formatNumber(value) : "";
		return value ? formatValue(value, "nanoseconds") : "\u2013";
	}

	bar(row) {
		const bar = make("span", {class: "bar"});

		for (const part of this.what.ledger.barParts(this.what.idle)) {
			const value = row.parts[part.i];

			if (value <= 0)
				continue;
			const piece = make("i");

			piece.style.width = 100 * value / this.most + "%";
			piece.style.background = partColour(part);
			bar.append(piece);
		}
		return bar;
	}

	describe(row) {
		return `${row.label}: ` + this.what.ledger.parts.filter(p => row.parts[p.i] > 0)
			.map(p => `${p.name} ${formatValue(row.parts[p.i], "nanoseconds")}`).join(", ");
	}
}

// The parts of a row, largest first, the quiet ones apart.
function drawParts(element, ledger, row, count) {
	const line = part => {
		const dot = make("i");

		dot.style.background = partColour(part);
		return make("tr", {title: part.what}, make("th", {scope: "row"}, dot, part.name),
			make("td", {}, formatValue(row.parts[part.i], "nanoseconds")),
			make("td", {}, formatPercent(row.parts[part.i], row.wall)));
	};
	const group = quiet => ledger.parts.filter(p => Boolean(p.quiet) === quiet && row.parts[p.i] > 0)
		.sort((a, b) => row.parts[b.i] - row.parts[a.i]).map(line);
	const rest = row.wall - row.parts.reduce((a, b) => a + b, 0);
	const sum = (name, value, title) => make("tr", {class: "sum", title}, make("th", {scope: "row"}, name),
		make("td", {}, formatValue(value, "nanoseconds")), make("td", {}, formatPercent(value, row.wall)));
	const table = make("table", {}, make("caption", {}, make("bdi", {}, row.label === "all" ? "All" : row.label),
		make("small", {}, count)));

	table.append(make("tbody", {}, sum("Active", row.active, "on a CPU, waiting for one, or for what was " +
		"in the way"), ...group(false)));
	table.append(make("tbody", {}, sum("At rest", row.wall - row.active - rest, "waiting for work, or for " +
		"another process, which has a row of its own"), ...group(true)));
	table.append(make("tbody", {}, sum("Residual", rest, "what two clocks of the kernel disagree by")));
	element.replaceChildren(table);
}

function drawLedgerFacts(element, ledger) {
	const lines = [], throttled = ledger.containers.filter(c => c.throttled);

	if (ledger.stealNs)
		lines.push(`Taken by the hypervisor: ${formatValue(ledger.stealNs, "nanoseconds")} of all CPUs`);
	for (const c of throttled.slice(0, 5))
		lines.push(`${c.name}: held back by its CPU quota ${formatValue(c.throttled, "nanoseconds")}, ` +
			`${formatNumber(c.throttles)} times`);
	for (const c of ledger.containers.filter(c => c.limit && c.memory)
		.sort((a, b) => b.memory / b.limit - a.memory / a.limit).slice(0, 5))
		lines.push(`${c.name}: has ${formatValue(c.memory, "bytes")} of the ` +
			`${formatValue(c.limit, "bytes")} of memory that it may have`);
	if (ledger.heals)
		lines.push(`${formatNumber(ledger.heals)} switches were missed, and made up for at the next`);
	element.replaceChildren(...lines.map(l => make("p", {}, l)));
}

function drawLedgerFilters(element, ledger, filters, choose) {
	element.replaceChildren(...ledger.facets().filter(f => f.options.length).map(f => {
		const wanted = chosenOption(filters, f.id);
		const select = make("select", {"data-facet": f.id, title: f.title, "aria-label": f.title,
			class: wanted === undefined ? undefined : "active",
			onchange: () => choose(f.id, select.value || undefined)},
		make("option", {value: ""}, `${f.title}: all`),
		...f.options.filter(([option], i) => i < MOST_NAMES || option === wanted).map(([option, {label}]) =>
			make("option", {value: option, selected: option === wanted}, label)));

		if (wanted !== undefined && !f.options.some(([option]) => option === wanted))
			select.append(make("option", {value: wanted, selected: true}, cleanName(wanted)));
		return select;
	}));
}
