// SPDX-License-Identifier: GPL-2.0-or-later
// The choices above the graph: which value, and of which process, thread, container.

const MOST_NAMES = 500;	// options in one list

function drawValues(select, profile, chosen) {
	select.replaceChildren(...profile.types.map((t, i) =>
		make("option", {value: t.type, selected: i === chosen, title: `in ${t.unit}`}, t.type)));
	select.hidden = profile.types.length < 2;
}

function drawFilters(element, profile, value, chosen, choose) {
	const sums = new Float64Array(profile.sets.length), values = profile.values[value];
	let whole = 0;

	for (let i = 0; i < values.length; i++) {
		sums[profile.set[i]] += values[i];
		whole += values[i];
	}
	element.replaceChildren(...profile.facets.map(facet => {
		const select = make("select", {"data-facet": facet.id, title: facet.title,
			"aria-label": facet.title,
			class: chosenOption(chosen, facet.id) === undefined ? undefined : "active",
			onchange: () => choose(facet.id, select.value || undefined)},
		make("option", {value: ""}, `${facet.title}: all`),
		...facetOptions(facet, sums, whole, chosen));

		return select;
	}));
}

function facetOptions(facet, sums, whole, chosen) {
	const bySum = new Map();

	facet.of.forEach((options, i) => {
		for (const option of options)
			bySum.set(option, (bySum.get(option) ?? 0) + sums[i]);
	});
	const names = Array.from(bySum).sort((a, b) => b[1] - a[1]);
	const wanted = chosenOption(chosen, facet.id);
	const shown = names.filter(([option], i) => i < MOST_NAMES || option === wanted);
	const numbers = new Map();

	// One process of a name: the name alone says it.
	for (const [option] of names)
		if (option.startsWith("pid:")) {
			const name = facet.options.get(option).replace(/ \(\d+\)$/, "");

			numbers.set(name, (numbers.get(name) ?? 0) + 1);
		}
	return shown.filter(([option]) => option === wanted || !option.startsWith("comm:") ||
		numbers.get(facet.options.get(option)) !== 1)
		.map(([option, sum]) => make("option", {value: option, selected: option === wanted},
			facet.options.get(option) + optionCount(option, facet, numbers) +
			" \u2014 " + formatPercent(sum, whole)));
}

function optionCount(option, facet, numbers) {
	const n = option.startsWith("comm:") ? numbers.get(facet.options.get(option)) : 0;

	return n > 1 ? ` (all ${n})` : "";
}
