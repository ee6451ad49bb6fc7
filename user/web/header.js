// SPDX-License-Identifier: GPL-2.0-or-later
// The top line: a tab for each kind, and what the recording says of itself, loss and cost first.

// Our own comments in pprof files carry the same lines as a recording's header.
const LOSS_LINE = /^(\w+): (\d+) samples attempted, (\d+) delivered, (\d+) lost/;
const OVERHEAD_LINE = /^overhead: ([\d.]+) %/;

// [{text, bad}] in reading order.
function factsOf(data, profile) {
	const r = data.recording, facts = [];
	const add = (text, bad = false) => text && facts.push({text, bad});
	const ns = r ? r.duration_ns : profile?.durationNs ?? data.ledger?.duration_ns ?? 0;
	const time = r ? r.start : profile?.timeNs ? new Date(profile.timeNs / 1e6).toISOString() : "";

	if (r) {
		add(cleanName(r.target));
		add(`Linux ${cleanName(r.kernel)}`);
	}
	add(time.replace("T", " ").replace(/\.\d+Z$|Z$/, " UTC"));
	add(ns > 0 ? formatValue(ns, "nanoseconds") : "");
	if (profile)
		addLoss(add, r?.kinds.find(k => k.name === profile.kind), profile);
	const overhead = r ? r.overhead_percent.toFixed(2)
		: profile?.comments.map(c => OVERHEAD_LINE.exec(c)?.[1]).find(Boolean);

	if (overhead !== undefined)
		add(`overhead ${overhead} %`, Number(overhead) > 3);
	return facts;
}

function addLoss(add, kind, profile) {
	const line = profile.comments.map(c => LOSS_LINE.exec(c)).find(Boolean);
	const attempted = kind ? kind.attempted : Number(line?.[2]);
	const lost = kind ? kind.lost : Number(line?.[4]);

	if (!kind && !line)
		return;
	add(`${formatNumber(kind ? kind.delivered : Number(line[3]))} samples`);
	add(lost ? `${formatNumber(lost)} lost (${formatPercent(lost, attempted)})`
		: "none lost", lost > 0);
}

function drawFacts(element, data, profile) {
	element.replaceChildren(...factsOf(data, profile).reverse().map(fact =>
		make("span", {class: fact.bad ? "bad" : undefined}, fact.text)));
	if (!element.childNodes.length)
		element.append(make("span", {}, "About"));
}

const PANE_TABS = new Map(Object.entries({
	ledger: ["Wall time", "where the wall time of every thread went"],
	locks: ["Locks", "which lock, who waits, who holds it"],
	memory: ["Memory", "who was given memory, who keeps it, who leaks"],
}));

// order: as Page.tabs has it
function drawTabs(element, data, profiles, locks, order, choose) {
	const tabs = order.map(tab => {
		const [name, title] = PANE_TABS.get(tab) ?? [tabName(profiles[tab], locks), profiles[tab].question];

		return make("button", {role: "tab", "data-tab": tab, title, onclick: () => choose(tab)}, name);
	});

	for (const kind of data.recording?.kinds ?? [])
		if (!kind.ok)
			tabs.push(make("button", {role: "tab", disabled: true, title: cleanName(kind.why)},
				cleanName(kind.name)));
	element.replaceChildren(...tabs);
}

const KIND_NAMES = new Map(Object.entries({cpu: "CPU", offcpu: "Off-CPU", wall: "Wall graph", lock: "Locks",
	growth: "Memory growth", heap: "Heap"}));

function tabName(profile, locks) {
	if (locks?.profile === profile)
		return "Lock graph";
	const name = profile.kind || profile.types[profile.shown].type;

	return KIND_NAMES.get(name) ?? cleanName(name);
}

function fillAbout(dialog, data, profile) {
	const r = data.recording, list = make("dl");
	const add = (name, text) => text && list.append(make("dt", {}, name), make("dd", {}, text));

	if (r) {
		add("Recorded", cleanName(r.target));
		add("Host", `Linux ${cleanName(r.kernel)}, ${cleanName(r.arch)}, ${r.cpus} CPUs`);
		add("Start", r.start);
		add("Duration", formatValue(r.duration_ns, "nanoseconds"));
		for (const kind of r.kinds)
			add(cleanName(kind.name), cleanName(kind.line).replace(/^\w+: /, ""));
		add("Overhead", cleanName(r.overhead).replace(/^overhead: /, ""));
	}
	for (const comment of r || !profile ? [] : profile.comments)
		add("Comment", comment);
	if (profile)
		add("Shown", `${formatNumber(profile.n - 1)} boxes, ${formatNumber(profile.names.length - 1)} ` +
		`names, ${formatNumber(profile.values[0].length)} different samples`);
	if (data.hostprof)
		add("Made by", `hostprof ${data.hostprof}`);
	dialog.replaceChildren(make("h1", {}, "About this recording"), list, closer(dialog));
}

function closer(dialog) {
	return make("button", {class: "close", onclick: () => dialog.close()}, "Close");
}
