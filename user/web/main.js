// SPDX-License-Identifier: GPL-2.0-or-later
// Starts the page.

const SEARCH_WAIT_MS = 80;

function listenTools(page) {
	const search = byId("search");
	let waiting = 0;

	search.addEventListener("input", () => {
		clearTimeout(waiting);
		waiting = setTimeout(() => update({search: search.value}), SEARCH_WAIT_MS);
	});
	search.addEventListener("keydown", e => {
		if (e.key === "Enter")
			search.blur();
	});
	byId("value").addEventListener("change", e => update({value: e.target.value}));
	byId("by").addEventListener("change", e => update({by: e.target.value}));
	byId("rows-by").addEventListener("change", e => update({rows: e.target.value}));
	byId("idle").addEventListener("click", () => page.turnIdle());
	byId("invert").addEventListener("click", () => update({invert: !state.invert, zoom: ""}));
	byId("facts").addEventListener("click", () => {
		fillAbout(byId("about"), page.data, page.pane ? page.pane.profile : page.profile);
		byId("about").showModal();
	});
	byId("help").addEventListener("click", () => byId("keys").showModal());
	byId("theme").addEventListener("click", () => {
		nextTheme();
		page.setTheme();
	});
	for (const dialog of document.querySelectorAll("dialog"))
		dialog.addEventListener("click", e => {
			if (e.target === dialog)
				dialog.close();
		});
}

function listenWindow(page) {
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => page.setTheme());
	addEventListener("hashchange", () => {
		Object.assign(state, readHash());
		page.show();
	});
	addEventListener("resize", () => {
		if (byId("main").dataset.view !== page.view)
			page.show();
	});
}

async function start() {
	try {
		const theme = localStorage.getItem("hostprof-theme");

		if (theme === "dark" || theme === "light")
			document.documentElement.dataset.theme = theme;
	} catch {
		// Pages opened from files may have no storage.
	}
	const data = await readData();
	const profiles = data.profiles.map(p => new Profile(p));

	byId("data").remove();
	const ledger = data.ledger ? new Ledger(data.ledger) : null;
	const locks = data.locks ? new Locks(data.locks, profiles[data.locks.profile]) : null;

	const memory = data.memory || profiles.some(p => p.kind === "heap") ? new Memory(data.memory, profiles) : null;

	if (!profiles.length && !ledger) {
		byId("empty").textContent = "Nothing was recorded.";
		byId("empty").hidden = false;
		drawTabs(byId("tabs"), data, [], null, [], () => {});
		return;
	}
	Object.assign(state, readHash());
	const page = new Page(data, profiles, ledger, locks, memory);

	fillKeys(byId("keys"));
	listenTools(page);
	listenWindow(page);
	listenKeys(page);
	onChange(changed => page.show(changed));
	page.show();
	requestAnimationFrame(() => performance.mark("shown"));
}

start().catch(error => {
	byId("empty").textContent = "This page cannot be shown: " +
		(typeof DecompressionStream === "undefined" ? "it needs a browser of 2023 or later" : error);
	byId("empty").hidden = false;
});
