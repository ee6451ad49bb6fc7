// SPDX-License-Identifier: GPL-2.0-or-later
// The tab of locks: its table, and below it the lock that is chosen.

class LocksView {
	constructor(locks) {
		this.locks = locks;
		this.title = "Locks";
		this.searches = "Search locks";
		this.idleTitle = "Waits for events";
		this.table = new LocksTable(byId("locks-head"), byId("locks-rows"), {
			pick: row => update({lock: row.key}),
			open: row => this.openGraph(row),
			sort: id => update({locksort: id === state.locksort ? "-" + id : id}),
		});
		drawInversions(byId("inversions"), locks.inversions);
	}

	get profile() {
		return this.locks.profile;
	}

	get idle() {
		return state.idle ?? false;
	}

	show() {
		const {locks} = this, {filters} = state;
		const key = JSON.stringify([filters, state.locksort, state.search, this.idle]);
		const rows = locks.chosen(filters, this.idle), all = locks.chosen(filters, true);
		const sum = list => list.reduce((n, r) => n + r.delay, 0);
		const hidden = sum(all) - sum(rows), left = locks.all - locks.rows.length;

		this.table.set({locks, rows, key, sort: state.locksort, query: state.search, chosen: state.lock});
		drawLedgerFilters(byId("filters"), locks, filters, setFilter);
		byId("matched").classList.remove("bad");
		byId("matched").textContent = state.search ? `${formatNumber(this.table.shown.length)} matched` : "";
		byId("total").textContent = `${formatValue(sum(rows), "nanoseconds")} of delay, ` +
			`${formatNumber(rows.length)} lock${rows.length === 1 ? "" : "s"}` +
			(left > 0 ? `; ${formatNumber(left)} more are not in this page` : "") +
			(hidden > 0 ? `; ${formatValue(hidden, "nanoseconds")} of waits for events hidden` : "");
		this.showLegend(rows);
		this.showDetail();
		byId("empty").hidden = this.table.shown.length > 0;
		byId("empty").textContent = state.search ? "No lock matches." : hidden > 0
			? "All of it was waiting for events, which is hidden." : "No lock is left by the filters.";
	}

	showLegend(rows) {
		const names = new Set(rows.flatMap(r => statesOf(r).map(s => s.name)));

		byId("legend").replaceChildren(...Array.from(names).sort((a, b) =>
			Number(a === "not known") - Number(b === "not known")).map(name =>
			make("span", {}, stateDot(name), name === "on CPU" ? "holder on CPU" : name)));
	}

	// The one that the link names, or else the first.
	showDetail() {
		const row = this.table.shown[this.table.picked];
		const element = byId("lock");

		element.hidden = !row;
		if (!row || this.detail === row && element.childNodes.length)
			return;
		this.detail = row;
		drawLock(element, this.locks, row, [make("button", {title: "The flame graph of waits for it",
			onclick: () => this.openGraph(row)}, "Flame graph")]);
	}

	setTheme() {
		this.detail = null;
	}

	openGraph(row) {
		const filters = {process: "pid:" + row.pid, lock: "lock:" + row.lock, class: "class:" + row.class};
		const known = new Set(this.profile.facets.map(f => f.id));

		update({...tabChange(this.locks.tab), idle: row.held ? null : true,
			filters: Object.fromEntries(Object.entries(filters).filter(([id]) => known.has(id)))});
	}
}
