// SPDX-License-Identifier: GPL-2.0-or-later
// The tab of memory: processes above, the stacks that keep memory below, and beside them the numbers
// of the chosen row, with the ways to its graphs.

class MemoryView {
	constructor(memory, profiles) {
		this.memory = memory;
		this.profiles = profiles;
		this.table = new MemoryTable(byId("memory-head"), byId("memory-rows"), {
			pick: row => this.showProcess(row),
			open: row => row.pid && setFilter("process", "pid:" + row.pid),
			sort: id => update({grown: id === state.grown ? "-" + id : id}),
			label: row => this.tell(row),
		}, PROCESS_COLUMNS, memory.hasGrowth ? "given" : "alloc");
		this.stacks = new MemoryTable(byId("leaks-head"), byId("leaks-rows"), {
			pick: row => this.showStack(row),
			open: row => this.openStack(row),
			sort: id => update({leaks: id === state.leaks ? "-" + id : id}),
			label: row => `${row.verdict}: ${formatValue(row.inuse, "bytes")} in use, ${row.process}, ${row.path}`,
		}, STACK_COLUMNS, "verdict");
		byId("leaks").hidden = !memory.hasStacks;
	}

	get title() {
		return "Memory";
	}

	get searches() {
		return "Processes, stacks";
	}

	tell(row) {
		const {hasGrowth, hasHeap} = this.memory, part = (has, text) => has ? [text] : [];

		return [row.label + ":", ...part(hasGrowth, `given ${formatValue(row.given, "bytes")},`),
			...part(hasHeap, `allocated ${formatValue(row.alloc, "bytes")}, in use ${formatValue(row.inuse, "bytes")}`)].join(" ");
	}

	show() {
		const {memory} = this, {filters} = state;
		const rows = memory.chosen(memory.processes, filters), stacks = memory.chosen(memory.stacks, filters);
		const columns = PROCESS_COLUMNS.filter(c => !c.of || (c.of === "growth" ? memory.hasGrowth : memory.hasHeap) &&
			(c.id !== "leak" || memory.hasStacks)).map(c => c.id);
		const key = JSON.stringify([filters, state.grown, state.search]);
		const leaks = stacks.filter(s => s.leak);

		this.whole = memory.sum(rows);
		this.table.set({rows, key, sort: state.grown, query: state.search, shown: columns, text: r => `${r.label} ${r.inside}`});
		this.stacks.set({rows: stacks, key: key + state.leaks, sort: state.leaks, query: state.search,
			shown: STACK_COLUMNS.map(c => c.id), text: r => `${r.process} ${r.inside} ${r.names.join(" ")}`});
		byId("memory").style.flexBasis = `${this.table.shown.length * TABLE_ROW + 31}px`;
		byId("leaks-title").replaceChildren("Stacks that keep memory", make("small", {},
			`${leaks.length} of ${stacks.length} leak${leaks.length === 1 ? "s" : ""}` +
			`; old is older than ${formatValue(memory.ageNs, "nanoseconds")}` + (memory.atMost
			? "; an upper bound: not all frees were seen, so nothing is called a leak" : "")));
		drawLedgerFilters(byId("filters"), memory, filters, setFilter);
		this.showPicked();
		this.showFoot(leaks);
		byId("matched").classList.remove("bad");
		byId("matched").textContent = state.search ? `${formatNumber(this.table.shown.length)} processes, ` +
			`${formatNumber(this.stacks.shown.length)} stacks matched` : "";
		byId("empty").hidden = rows.length + stacks.length > 0;
		byId("empty").textContent = "No process is left by the filters.";
	}

	showPicked() {
		const stack = this.stacks.shown[this.stacks.picked];

		if (stack)
			this.showStack(stack);
		else
			this.showProcess(this.table.shown[this.table.picked]);
	}

	showFoot(leaks) {
		const {memory, whole} = this, of = memory.hasGrowth ? "given" : "alloc", parts = [];

		if (memory.hasGrowth)
			parts.push(`${formatValue(whole.given, "bytes")} given, resident sets ${formatChange(whole.rss)}`);
		if (memory.hasHeap)
			parts.push(`${formatValue(whole.alloc, "bytes")} allocated, ${formatValue(whole.inuse, "bytes")} in use`);
		if (leaks.length)
			parts.push(`${formatValue(whole.leak, "bytes")} of leaks`);
		byId("total").textContent = parts.join("; ");
		byId("legend").replaceChildren(...MEMORY_PARTS.filter(p => p.of === of && memoryPart(whole, p.id) > 0).map(p => {
			const dot = make("i");

			dot.style.background = memoryColour(p.id);
			return make("span", {title: p.what}, dot, p.name);
		}));
	}

	// --- beside the tables ---

	showProcess(row) {
		const {memory} = this, of = row ?? this.whole;
		const table = make("table", {}, make("caption", {}, make("bdi", {}, of.label), make("small", {}, row ? of.inside
			: `${formatNumber(of.n)} process${of.n === 1 ? "" : "es"}`)));

		if (row)
			this.stacks.picked = -1, this.stacks.draw();
		if (memory.hasGrowth)
			table.append(this.group("Given by the kernel", "given", of, [["RSS change", of.lives || !row
				? formatChange(of.rss) : "ended", "how resident sets changed; files that are mapped count in it"]]));
		if (memory.hasHeap)
			table.append(this.group("Allocated", "alloc", of, [
				["of it leaks", of.leak ? formatValue(of.leak, "bytes") : "\u2013", "of stacks that are called leaks"],
				["Objects", formatNumber(of.objects), "allocated"], ["Objects in use", formatNumber(of.inuseObjects), ""]]));
		byId("memory-numbers").replaceChildren(table, this.ways(of, row?.pid ? "pid:" + row.pid
			: chosenOption(state.filters, "process")));
	}

	// A sum, its parts, and what stands beside it.
	group(title, whole, of, more) {
		const line = (name, value, share, what, colour, css) => {
			const dot = colour ? [make("i")] : [];

			for (const i of dot)
				i.style.background = colour;
			return make("tr", {title: what, class: css}, make("th", {scope: "row"}, ...dot, name), make("td", {}, value),
				make("td", {}, share));
		};

		return make("tbody", {}, line(title, formatValue(of[whole], "bytes"), "", "", null, "sum"),
			...MEMORY_PARTS.filter(p => p.of === whole && memoryPart(of, p.id) > 0).map(p => line(p.name,
				formatValue(memoryPart(of, p.id), "bytes"), formatPercent(memoryPart(of, p.id), of[whole]), p.what,
				memoryColour(p.id))), ...more.map(([name, value, what]) => line(name, value, "", what)));
	}

	ways(of, option) {
		const {memory} = this, filters = {...state.filters}, ways = make("p", {class: "ways"});
		const way = (tab, title, value) => tab >= 0 && ways.append(make("button", {onclick: () =>
			update({...tabChange(tab), value, filters: option === undefined ? filters : {...filters, process: option}})}, title));

		if (of.pid)
			ways.append(make("button", {onclick: () => setFilter("process", "pid:" + of.pid)}, "Only this process"));
		if (chosenOption(state.filters, "process") !== undefined)
			ways.append(make("button", {onclick: () => setFilter("process")}, "All processes"));
		way(memory.growthTab, "Growth graph", null);
		way(memory.heapTab, "Allocated graph", "alloc_space");
		way(memory.heapTab, "In-use graph", "inuse_space");
		return ways;
	}

	showStack(stack) {
		const row = (name, value) => make("tr", {}, make("th", {scope: "row"}, name), make("td", {}, value));
		const what = {leak: "It grew in every part of the recording, and some of it is old.", grows: "It grew in every part of " +
			"the recording, but none of it is old.", kept: "It is in use; that it grows is not to be said of it."};

		this.table.picked = -1;
		this.table.draw();
		byId("memory-numbers").replaceChildren(
			make("table", {}, make("caption", {}, make("bdi", {}, stack.names[0] ?? "no stack taken"),
				make("b", {class: "chip chip-" + stack.verdict}, stack.verdict)), make("tbody", {},
				row("Process", stack.process), row("In use", formatValue(stack.inuse, "bytes")),
				row("Objects", formatNumber(stack.objects)), row("Old", formatValue(stack.old, "bytes")),
				...stack.grows ? [row("Growth a minute", formatChange(stack.rate))] : [],
				row("Samples", formatNumber(stack.samples)))),
			make("p", {class: "said"}, what[stack.verdict]),
			make("p", {class: "ways"}, ...this.memory.hasHeap ? [make("button", {onclick: () => this.openStack(stack)},
				"In the flame graph")] : [], make("button", {onclick: () =>
				setFilter("process", "pid:" + stack.pid)}, "Only this process")), this.histogram(stack),
			make("ol", {class: "frames"}, ...stack.names.map(name => make("li", {}, make("bdi", {}, name)))));
	}

	histogram(stack) {
		const most = Math.max(...stack.ages, 1);

		return make("table", {class: "histogram"}, make("caption", {}, "In use by age"), make("tbody", {},
			...stack.ages.map((bytes, i) => {
				const bar = make("i");

				bar.style.width = 100 * bytes / most + "%";
				bar.style.background = memoryColour("inuse");
				return make("tr", {}, make("th", {scope: "row"}, AGE_TITLES[i]), make("td", {}, bar),
					make("td", {}, bytes ? formatValue(bytes, "bytes") : "\u2013"));
			})));
	}

	openStack(stack) {
		const {heapTab} = this.memory;

		if (heapTab >= 0)
			update({...tabChange(heapTab), value: "inuse_space", view: "graph", filters: {process: "pid:" + stack.pid},
				zoom: zoomOfStack(this.profiles[heapTab], stack)});
	}
}
