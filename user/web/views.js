// SPDX-License-Identifier: GPL-2.0-or-later
// The page as a whole: from the state to what is shown. Trees and rows are made when they are
// looked at and kept until what they depend on changes.

const VIEWS = [["graph", "Flame graph"], ["both", "Both"], ["table", "Table"],
	["sandwich", "Sandwich"]];
const WIDE = 1500;	// pixels of a window that shows table and graph together

function placeTip(tip, event) {
	const x = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
	const below = event.clientY + 20 + tip.offsetHeight < window.innerHeight;

	tip.style.left = Math.max(8, x) + "px";
	tip.style.top = (below ? event.clientY + 18 : event.clientY - tip.offsetHeight - 10) + "px";
}

// The table of locks stands before their graph, memory before its first.
function tabsOf(profiles, ledger, locks, memory) {
	const tabs = [...ledger ? ["ledger"] : []];
	const first = memory ? Math.max(0, profiles.findIndex(p => p.kind === "growth" || p.kind === "heap")) : -1;

	for (const i of profiles.keys())
		tabs.push(...locks?.tab === i ? ["locks"] : [], ...first === i ? ["memory"] : [], i);
	return tabs;
}

class Page {
	constructor(data, profiles, ledger, locks, memory) {
		this.data = data;
		this.tabs = tabsOf(profiles, ledger, locks, memory);
		this.panes = new Map();	// tabs that are no profile, by name
		if (ledger)
			this.panes.set("ledger", new LedgerView(ledger,
				profiles.map((p, i) => [i, tabName(p, locks)]), byId("tip")));
		if (locks)
			this.panes.set("locks", new LocksView(locks));
		if (memory)
			this.panes.set("memory", new MemoryView(memory, profiles));
		this.locks = locks;
		this.profiles = profiles;
		this.palette = makePalette();
		const on = {hover: (f, n, e) => this.hover(f, n, e), pick: (f, n) => this.pickBox(f, n)};

		this.graph = new Flame(byId("graph"), on);
		this.callers = new Flame(byId("callers"), on, true);
		this.callees = new Flame(byId("callees"), on);
		this.table = new Table(byId("head"), byId("rows"), {
			pick: row => this.pickRow(row),
			open: row => this.openRow(row),
			sort: id => update({sort: id === state.sort ? "-" + id : id}),
		});
		this.made = {};
		drawTabs(byId("tabs"), data, profiles, locks, this.tabs, tab => update(tabChange(tab)));
		byId("views").replaceChildren(...VIEWS.map(([id, title], i) => make("button",
			{"data-view": id, title: `${title} (${i + 1})`, onclick: () => update({view: id})},
			title)));
	}

	get tab() {
		return this.tabs.includes(state.tab) ? state.tab : state.tab === null ? this.tabs[0]
			: this.profiles.length ? 0 : this.tabs[0];
	}

	// The pane that is shown instead of a profile, or undefined.
	get pane() {
		return this.panes.get(this.tab);
	}

	get profile() {
		return this.profiles[this.tab];
	}

	// Flags of the label sets that are hidden, or null. Wall time is all of it.
	get hidden() {
		const flags = this.keep("idle", [this.tab], () => idleSets(this.profile));

		return (state.idle ?? this.profile.kind === "wall") ? null : flags;
	}

	turnIdle() {
		if (this.pane?.idleTitle)
			update({idle: !this.pane.idle});
		else if (this.pane)
			return;
		else if (idleSets(this.profile))
			update({idle: this.hidden !== null});
	}

	get value() {
		const i = this.profile.types.findIndex(t => t.type === state.value);

		return i < 0 ? this.profile.shown : i;
	}

	get unit() {
		return this.profile.types[this.value].unit;
	}

	get view() {
		return VIEWS.some(([id]) => id === state.view) ? state.view
			: window.innerWidth >= WIDE ? "both" : "graph";
	}

	get fn() {
		const {profile} = this;

		return !state.fn ? -1 : profile.names.findIndex((name, i) => i > 0 &&
			name === state.fn.name && profile.modules[i] === state.fn.module);
	}

	// The thing called `name`, made anew when `depends` is not what it was.
	keep(name, depends, maker) {
		const key = JSON.stringify(depends), old = this.made[name];

		if (!old || old.key !== key)
			this.made[name] = {key, thing: maker()};
		return this.made[name].thing;
	}

	get base() {
		return [this.tab, this.value, state.filters, state.idle];
	}

	get weights() {
		return this.keep("weights", this.base,
			() => this.profile.weigh(this.value, state.filters, this.hidden));
	}

	get whole() {
		return this.weights.total[0];
	}

	// --- showing ---

	show(changed = new Set(Object.keys(DEFAULTS))) {
		const {view, profile} = this;

		this.showFrame(changed);
		if (this.pane) {
			this.pane.show();
			return;
		}
		if (changed.has("tab"))
			this.showProfile();
		if (["tab", "value", "filters", "idle"].some(key => changed.has(key)))
			this.showChoices();
		for (const button of byId("views").children)
			button.setAttribute("aria-pressed", button.dataset.view === view);
		byId("invert").setAttribute("aria-pressed", state.invert);
		byId("invert").hidden = view === "table" || view === "sandwich";
		byId("by").hidden = view === "graph" || view === "sandwich";
		this.match = this.keep("match", [this.tab, state.search], () => profile.match(state.search));
		this.showEmpty();
		if (view === "graph" || view === "both")
			this.showGraph();
		if (view !== "graph")
			this.showTable();
		if (view === "sandwich")
			this.showSandwich();
		this.showSearch();
		this.showSelection();
	}

	// What the panes and the profiles share: tabs, facts, the choices that there are.
	showFrame(changed) {
		const {pane, profile, tab: chosen} = this, on = pane !== undefined;

		byId("main").dataset.view = on ? chosen : this.view;
		for (const id of ["views", "by", "invert"])
			byId(id).hidden = on;
		byId("value").hidden = on || profile.types.length < 2;
		byId("rows-by").hidden = chosen !== "ledger";
		byId("idle").hidden = on ? !pane.idleTitle : !idleSets(profile);
		byId("idle").textContent = on ? pane.idleTitle ?? "" : "Waiting for work";
		byId("idle").setAttribute("aria-pressed", on ? Boolean(pane.idle) : this.hidden === null);
		if (changed.has("search") && byId("search").value !== state.search)
			byId("search").value = state.search;
		byId("search").placeholder = on ? pane.searches : "Search functions";
		if (!changed.has("tab"))
			return;
		for (const tab of byId("tabs").children)
			tab.setAttribute("aria-selected", tab.dataset.tab === String(this.tab));
		drawFacts(byId("facts"), this.data, on ? pane.profile : profile);
		if (on)
			document.title = `${pane.title} \u2013 hostprof`;
	}

	showProfile() {
		const {profile} = this;

		this.shades = shadesOf(profile);
		fillLegend(byId("legend"), profile);
		byId("by").replaceChildren(...[...Object.entries(GROUPINGS),
			...profile.facets.map(f => [f.id, f.title])].map(([id, title]) =>
			make("option", {value: id}, `By ${title.replace(/s$/, "").toLowerCase()}`)));
		document.title = [tabName(profile, this.locks), "hostprof"].join(" \u2013 ");
	}

	showChoices() {
		const {profile, value, whole} = this;

		drawValues(byId("value"), profile, value);
		drawFilters(byId("filters"), profile, value, state.filters, setFilter);
		byId("total").textContent = `${formatValue(whole, this.unit)} of ${profile.types[value].type}` +
			(Object.keys(state.filters).length ? " chosen" : "") + (this.weights.hidden
			? `; ${formatValue(this.weights.hidden, this.unit)} of waiting for work hidden` : "");
	}

	showEmpty() {
		const empty = byId("empty");

		empty.hidden = this.whole > 0;
		empty.textContent = this.profile.n < 2 ? "This profile holds no samples."
			: this.weights.hidden ? "All of it was waiting for work, which is hidden."
			: "No sample is left by the filters.";
	}

	showGraph() {
		const tree = this.keep("graph", [this.base, state.invert], () => state.invert
			? invertedTree(this.profile, this.weights) : plainTree(this.profile, this.weights));

		this.put(this.graph, tree);
		if (this.zoomShown !== state.zoom || this.zoomTree !== tree) {
			const node = tree.find(state.zoom);

			if (node || this.graph.zoomed)
				this.graph.zoomTo(node, this.zoomTree === tree);
			if (node && this.graph.picked < 0)
				this.graph.pick(node);
		}
		this.zoomShown = state.zoom;
		this.zoomTree = tree;
	}

	put(flame, tree) {
		flame.match = this.match;
		flame.fn = this.fn;
		if (flame.tree !== tree)
			flame.setTree(tree, this.shades, this.palette);
		flame.draw();
	}

	showTable() {
		const known = Object.hasOwn(GROUPINGS, state.by) || this.profile.facets.some(f => f.id === state.by);
		const by = this.view === "sandwich" || !known ? "function" : state.by;

		byId("by").value = by;
		this.table.set({
			rows: this.keep("rows", [this.base, by], () => tableRows(this.profile, this.weights, by)),
			whole: this.whole, unit: this.unit, sort: state.sort, query: state.search, by,
			fn: this.fn,
		});
	}

	showSandwich() {
		const {profile, weights} = this;
		let {fn} = this;

		if (fn < 0)
			fn = this.table.shown[0]?.frame ?? -1;
		byId("sandwich-pane").classList.toggle("none", fn < 0);
		if (fn < 0)
			return;
		const depends = [this.base, fn];
		const callees = this.keep("callees", depends, () => calleesTree(profile, weights, fn));

		this.put(this.callers, this.keep("callers", depends, () => callersTree(profile, weights, fn)));
		this.put(this.callees, callees);
		byId("sandwich-title").replaceChildren(this.describe(fn, callees.total[0], callees.self[0]));
	}

	showSearch() {
		const {match, whole} = this;
		const element = byId("matched");

		element.classList.toggle("bad", Boolean(state.search) && !match);
		element.textContent = !state.search ? "" : !match ? "no valid expression"
			: `${formatPercent(this.profile.matchedValue(match, this.weights.total), whole)} matched`;
	}

	describe(frame, total, self) {
		const {profile, whole, unit} = this;
		const share = (name, value) => make("span", {class: "share"}, name + " ",
			make("b", {}, formatPercent(value, whole)), " " + formatValue(value, unit));
		const where = [profile.modules[frame], profile.files[frame]].filter(Boolean).join(" \u00b7 ");

		return make("div", {class: "described"}, make("i", {class: "sort-" + profile.sorts[frame]}),
			make("bdi", {class: "name"}, profile.names[frame]),
			make("bdi", {class: "where"}, where), share("total", total), share("self", self));
	}

	// Who ended the waits of a box, while boxes stand as in the profile.
	showWakers(node) {
		const element = byId("wakers");

		element.hidden = state.invert || !this.keep("idle", [this.tab], () => idleSets(this.profile));
		if (!element.hidden)
			drawWakers(element, wakerRows(this.profile, this.weights, node), this.unit);
	}

	showSelection() {
		const {graph} = this, {tree, picked} = graph;

		if (this.view !== "graph" && this.view !== "both" || !tree)
			return;
		const node = picked > 0 ? picked : graph.zoomed;
		const line = this.describe(tree.frame[node], tree.total[node], tree.self[node]);

		this.showWakers(node);

		line.append(make("span", {class: "space"}));
		if (node > 0 && this.profile.sorts[tree.frame[node]] !== SORT.process)
			line.append(make("button", {title: "Callers and callees (s)",
				onclick: () => update({view: "sandwich"})}, "Sandwich"),
			make("button", {title: "Copy the name (c)", onclick: () => this.copy()}, "Copy"));
		if (state.zoom || graph.range[1] - graph.range[0] < tree.total[0])
			line.append(make("button", {title: "Show all (Esc)", onclick: () => this.reset()},
				"Reset zoom"));
		byId("selection").replaceChildren(line);
	}

	// --- what the mouse and the keys do ---

	pickBox(flame, node) {
		if (node < 0)
			return;
		const fn = this.identity(flame.tree.frame[node]);

		if (flame !== this.graph) {
			if (fn)
				update({fn});
			return;
		}
		flame.pick(node);
		update({fn: node ? fn : null, zoom: flame.tree.path(node)});
		this.showSelection();
	}

	moveBox(key) {
		const node = this.graph.move(key);

		update({fn: node > 0 ? this.identity(this.graph.tree.frame[node]) : null});
		this.showSelection();
	}

	identity(frame) {
		const {profile} = this;

		return profile.sorts[frame] === SORT.process ? null
			: {name: profile.names[frame], module: profile.modules[frame]};
	}

	pickRow(row) {
		if (row.frame >= 0)
			update({fn: this.identity(row.frame)});
	}

	// A function opens as a sandwich, a module as a search, what is a filter as one.
	openRow(row) {
		if (row.frame >= 0)
			update({fn: this.identity(row.frame), view: "sandwich"});
		else if (state.by === "module")
			update({search: row.label});
		else
			update({filters: {...state.filters, [state.by]: row.id}, by: "function"});
	}

	reset() {
		this.graph.pick(-1);
		update({zoom: "", fn: null});
		this.graph.zoomTo(0);
		this.showSelection();
	}

	copy() {
		const text = state.fn?.name;

		if (text)
			navigator.clipboard?.writeText(text).catch(() => {});
	}

	hover(flame, node, event) {
		const tip = byId("tip");

		tip.hidden = node < 0 || !flame.tree;
		if (tip.hidden)
			return;
		if (this.tipped !== node || this.tippedIn !== flame.tree)
			this.fillTip(tip, flame.tree, node);
		this.tipped = node;
		this.tippedIn = flame.tree;
		placeTip(tip, event);
	}

	fillTip(tip, tree, node) {
		const {profile, unit, whole} = this, frame = tree.frame[node];
		const sort = SORT_NAMES[profile.sorts[frame]] + (tree.inlined[node] ? ", inlined" : "");
		const line = (name, value) => make("div", {class: "line"}, make("span", {}, name),
			make("b", {}, formatPercent(value, whole)), make("span", {}, formatValue(value, unit)));

		tip.replaceChildren(make("bdi", {class: "name"}, profile.names[frame]),
			make("div", {class: "where"}, [profile.modules[frame], profile.files[frame],
				node ? sort : ""].filter(Boolean).join(" \u00b7 ")),
			line("total", tree.total[node]), line("self", tree.self[node]));
	}

	setTheme() {
		this.palette = makePalette();
		for (const flame of [this.graph, this.callers, this.callees]) {
			flame.palette = this.palette;
			flame.draw();
		}
		this.panes.get("locks")?.setTheme();
		if (this.pane)
			this.pane.show();
		else
			fillLegend(byId("legend"), this.profile);
	}
}
