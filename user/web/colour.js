// SPDX-License-Identifier: GPL-2.0-or-later
// Colours of frames: the hue tells what sort of code it is, small steps of it tell modules apart.

const SHADES = 6;
const INLINED = 6;	// behind the numbers of SORT
const HUES = {
	light: [[29, 95, 71], [208, 78, 72], [142, 50, 69], [36, 26, 80], [216, 15, 84], [52, 34, 80],
		[268, 66, 82]],
	dark: [[24, 56, 42], [209, 50, 40], [148, 40, 33], [36, 12, 36], [218, 13, 29], [52, 18, 32],
		[266, 34, 48]],
};
const INKS = {
	light: {text: "#20242b", faint: "#8a93a0", match: "#ff4fa3", matchText: "#2a0317",
		edge: "#15181d", rest: "#c9cfd8", dimmed: "#e6e9ee", dimmedText: "#7b8492"},
	dark: {text: "#f1f3f6", faint: "#8993a2", match: "#f0468f", matchText: "#ffffff",
		edge: "#ffffff", rest: "#3a414c", dimmed: "#262b33", dimmedText: "#8b95a4"},
};

function isDark() {
	const chosen = document.documentElement.dataset.theme;

	return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function makePalette() {
	const dark = isDark();
	const fills = HUES[dark ? "dark" : "light"].map(([hue, saturation, light]) =>
		Array.from({length: SHADES}, (_, i) => {
			const step = i - (SHADES - 1) / 2;

			return `hsl(${hue + step * 3.4} ${saturation}% ${light + step * (dark ? 1.6 : 1.9)}%)`;
		}));

	return {fills, ...INKS[dark ? "dark" : "light"]};
}

// The same text, the same shade, in every page.
function shadeOf(text) {
	let hash = 2166136261;

	for (let i = 0; i < text.length; i++)
		hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
	return ((hash >>> 8) ^ (hash >>> 20)) % SHADES;
}

function shadesOf(profile) {
	return Uint8Array.from(profile.names,
		(name, i) => profile.sorts[i] === SORT.process ? 2 : shadeOf(profile.modules[i] + name));
}

function fillLegend(element, profile) {
	const palette = makePalette();
	const seen = new Set();

	for (let i = 1; i < profile.n; i++)
		seen.add(profile.inlined[i] ? INLINED : profile.sorts[profile.frame[i]]);
	element.replaceChildren(...[SORT.process, SORT.state, SORT.user, INLINED, SORT.jit, SORT.kernel, SORT.unnamed]
		.filter(sort => seen.has(sort))
		.map(sort => {
			const dot = make("i");

			dot.style.background = palette.fills[sort][2];
			return make("span", {}, dot, sort === INLINED ? "inlined" : SORT_NAMES[sort]);
		}));
}
