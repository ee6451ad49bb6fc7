// SPDX-License-Identifier: GPL-2.0-or-later
// Everything can be done from the keyboard. Keys typed into a field are the field's.

const KEYS = [
	["/", "search: text, or /expression/"],
	["Esc", "leave the search; then clear it; then show all"],
	["\u2190 \u2191 \u2192 \u2193", "walk through the graph, or the table when it has the focus"],
	["Enter", "zoom to the box; in the table: callers and callees"],
	["+ \u2212", "zoom in and out (also Ctrl and the wheel; drag to move)"],
	["1 2 3 4", "flame graph, both, table, sandwich"],
	["i", "inverted: what ran first, its callers below"],
	["s", "callers and callees of the function"],
	["c", "copy its name"],
	["[ ]", "the profile before, the next"],
	["w", "waits for work: shown or hidden"],
	["t", "dark or light"],
	["?", "this list"],
];

function fillKeys(dialog) {
	dialog.replaceChildren(make("h1", {}, "Keys"), make("dl", {},
		...KEYS.flatMap(([key, text]) => [make("dt", {}, ...key.split(" ").map(k => make("kbd", {}, k))),
			make("dd", {}, text)])), closer(dialog));
}

function nextTheme() {
	const theme = isDark() ? "light" : "dark";

	document.documentElement.dataset.theme = theme;
	try {
		localStorage.setItem("hostprof-theme", theme);
	} catch {
		// Pages opened from files may have no storage.
	}
}

function keyActions(page) {
	const turn = step => () => {
		const at = page.tabs.indexOf(page.tab) + step;

		if (at >= 0 && at < page.tabs.length)
			update(tabChange(page.tabs[at]));
	};
	const graph = action => () => page.pane || action();
	const actions = {
		"/": () => byId("search").select(),
		"?": () => byId("keys").showModal(),
		"i": graph(() => update({invert: !state.invert, zoom: ""})),
		"s": graph(() => update({view: state.view === "sandwich" ? "graph" : "sandwich"})),
		"c": graph(() => page.copy()),
		"w": () => page.turnIdle(),
		"t": () => byId("theme").click(),
		"+": () => page.graph.zoomBy(0.7),
		"=": () => page.graph.zoomBy(0.7),
		"-": () => page.graph.zoomBy(1 / 0.7),
		"[": turn(-1),
		"]": turn(1),
		"Enter": () => page.pickBox(page.graph, Math.max(page.graph.picked, 0)),
	};

	VIEWS.forEach(([view], i) => {
		actions[i + 1] = graph(() => update({view}));
	});
	for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"])
		actions[key] = () => page.moveBox(key);
	return actions;
}

function escape(page) {
	const search = byId("search");

	if (document.activeElement === search)
		search.blur();
	else if (state.search)
		update({search: ""});
	else
		page.reset();
}

function listenKeys(page) {
	const actions = keyActions(page);
	const graphOnly = key => key.startsWith("Arrow") || "+=-".includes(key) || key === "Enter";

	document.addEventListener("keydown", event => {
		const {target} = event;

		if (document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey)
			return;
		if (event.key === "Escape") {
			event.preventDefault();
			escape(page);
			return;
		}
		if (target.matches("input, select, textarea"))
			return;
		if (event.key === "Enter" && target.matches("button"))
			return;
		if (graphOnly(event.key) && (page.pane || page.view !== "graph" && page.view !== "both"))
			return;
		if (Object.hasOwn(actions, event.key)) {
			event.preventDefault();
			actions[event.key]();
		}
	});
}
