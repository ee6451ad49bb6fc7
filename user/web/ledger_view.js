// SPDX-License-Identifier: GPL-2.0-or-later
// The ledger's tab: its table, the parts of a row, the choices above them.

class LedgerView {
	// graphs: [tab, title] of the profiles.
	constructor(ledger, graphs, tip) {
		this.ledger = ledger;
		this.title = "Wall time";
		this.searches = "Search processes";
		this.idleTitle = "Time at rest";
		this.graphs = graphs;
		this.tip = tip;
		this.table = new LedgerTable(byId("ledger-head"), byId("ledger-rows"), {
			pick: row => this.showParts(row),
			open: row => this.open(row),
			sort: id => update({order: id === state.order ? "-" + id : id}),
			hover: (row, event) => this.hover(row, event),
		});
		byId("rows-by").replaceChildren(...LEDGER_BY.map(([id, title]) => make("option", {value: id}, title)));
		drawLedgerFacts(byId("ledger-facts"), ledger);
	}

	get by() {
		return LEDGER_BY.some(([id]) => id === state.rows) ? state.rows : "process";
	}

	get idle() {
		return state.idle ?? false;
	}

	show() {
		const {ledger, by} = this, {filters} = state;
		const key = JSON.stringify([by, filters, state.order, state.search]);
		// One process alone: its threads are what there is to see.
		const alone = by === "process" && chosenOption(filters, "process")?.startsWith("pid:");
		const rows = ledger.rows(alone ? "thread" : by, filters);

		this.whole = ledger.sumRow("all", ledger.chosen(filters));
		byId("rows-by").value = by;
		this.table.set({ledger, rows, key, by: alone ? "thread" : by, sort: state.order,
			query: state.search, idle: this.idle});
		drawLedgerFilters(byId("filters"), ledger, filters, setFilter);
		this.showParts(this.table.shown[this.table.picked]);
		byId("matched").classList.remove("bad");
		byId("matched").textContent = state.search ? `${formatNumber(this.table.shown.length)} matched` : "";
		byId("total").textContent = `${formatValue(this.whole.active, "nanoseconds")} active of ` +
			`${formatValue(this.whole.wall, "nanoseconds")} of wall time` +
			(this.idle ? "" : "; waits at rest are not in the bars");
		byId("legend").replaceChildren(...ledger.barParts(this.idle).filter(p =>
			this.whole.parts[p.i] > 0).map(p => {
			const dot = make("i");

			dot.style.background = partColour(p);
			return make("span", {title: p.what}, dot, p.name);
		}));
		byId("empty").hidden = rows.length > 0;
		byId("empty").textContent = "No process is left by the filters.";
	}

	showParts(row) {
		const of = row ?? this.whole;
		const threads = of.threads ? `${formatNumber(of.threads)} thread${of.threads === 1 ? "" : "s"}` : "";

		drawParts(byId("parts"), this.ledger, of, threads);
		byId("parts").append(this.ways(of));
	}

	// From a process on to its threads and its graphs.
	ways(row) {
		const option = row.pid ? "pid:" + row.pid : chosenOption(state.filters, "process");
		const filters = {...state.filters, process: option}, ways = make("p", {class: "ways"});

		if (row.pid || row.ofContainer >= 0)
			ways.append(make("button", {onclick: () => this.open(row)}, row.pid ? "Threads" : "Processes"));
		if (chosenOption(state.filters, "process") !== undefined)
			ways.append(make("button", {onclick: () => setFilter("process")}, "All processes"));
		if (option !== undefined)
			ways.append(...this.graphs.map(([tab, title]) => make("button",
				{onclick: () => update({...tabChange(tab), filters})}, title)));
		return ways;
	}

	// A process opens as its threads, a container as its processes.
	open(row) {
		if (row.ofContainer !== undefined && row.ofContainer >= 0)
			update({filters: {container: "container:" + row.label}, rows: "process"});
		else if (row.pid)
			update({filters: {...state.filters, process: "pid:" + row.pid}, rows: "process"});
	}

	hover(row, event) {
		const {tip} = this;

		tip.hidden = !row;
		if (!row)
			return;
		if (this.hovered !== row) {
			const line = part => make("div", {class: "line"}, make("span", {class: "wide"}, part.name),
				make("b", {}, formatPercent(row.parts[part.i], row.wall)),
				make("span", {}, formatValue(row.parts[part.i], "nanoseconds")));

			tip.replaceChildren(make("bdi", {class: "name"}, row.label), make("div", {class: "where"},
				row.pid ? "a click chooses, a double click opens its threads" : ""),
			...this.ledger.parts.filter(p => row.parts[p.i] > 0).sort((a, b) =>
				Number(a.quiet) - Number(b.quiet) || row.parts[b.i] - row.parts[a.i]).map(line));
		}
		this.hovered = row;
		placeTip(tip, event);
	}
}
