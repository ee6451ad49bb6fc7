// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/svg.h"

#include <errno.h>
#include <string.h>

#include "model/calltree.h"
#include "out/frame_kind.h"
#include "out/label.h"
#include "out/out.h"
#include "out/scale.h"
#include "util/hash.h"

#define WIDTH	   1600.0 /* all lengths in pixels */
#define MARGIN	   16.0
#define ROW	   18.0
#define GAP	   1.0	/* between boxes */
#define TOP	   56.0 /* above the first row */
#define BOTTOM	   44.0
#define NARROWEST  0.4
#define TEXT_LEAST 24.0 /* of a box that gets a text */
#define LETTER	   6.7	/* one column of the text: a fixed-pitch font of 11 px */
#define MAX_DEPTH  1024 /* rows; a picture beyond that serves nobody */
#define SHADES	   4

static const char style[] =
	"<style>\n"
	"svg{background:#fff;font:11px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace}\n"
	"text{fill:#1c1f24}.t{font:600 15px system-ui,sans-serif}.s{font:12px system-ui,sans-serif;"
	"fill:#5b6370}\n"
	".p{fill:#d5dae1}\n"
	".u0{fill:#ffc27a}.u1{fill:#ffb56b}.u2{fill:#ffcf8f}.u3{fill:#f9b984}\n"
	".k0{fill:#8fc1ee}.k1{fill:#9fcaf0}.k2{fill:#84b8e6}.k3{fill:#aad1f2}\n"
	".j0{fill:#93d6a6}.j1{fill:#a2dcb2}.j2{fill:#86cf9b}.j3{fill:#b0e2bd}\n"
	".i0{fill:#ccb4ee}.i1{fill:#d4bff1}.i2{fill:#c3a9ea}.i3{fill:#dccaf4}\n"
	"@media(prefers-color-scheme:dark){svg{background:#15181d}.t{fill:#e8ebf0}.s{fill:#98a2b0}"
	"}\n"
	"</style>\n";

struct picture {
	const struct calltree *tree;
	struct scale scale;
	int64_t total;
	double per_unit; /* pixels */
	struct buf text; /* scratch */
	FILE *to;
};

/* A node that waits for its box. */
struct box {
	uint32_t node, depth;
	double x;
};

/* Clean text for XML, where a name must not end anything. */
static void put_text(FILE *to, const char *clean)
{
	for (const char *s = clean; *s; s++) {
		switch (*s) {
		case '&': fputs("&amp;", to); break;
		case '<': fputs("&lt;", to); break;
		case '>': fputs("&gt;", to); break;
		case '"': fputs("&quot;", to); break;
		case '\xef': /* U+FFFE and U+FFFF are no characters in XML */
			if (!strncmp(s, "\xef\xbf\xbe", 3) || !strncmp(s, "\xef\xbf\xbf", 3)) {
				fputc('?', to);
				s += 2;
				break;
			}
			/* fall through */
		default: fputc(*s, to);
		}
	}
}

static void put_name(struct picture *pic, const char *name, size_t columns)
{
	buf_clear(&pic->text);
	label_fit(&pic->text, name, columns);
	put_text(pic->to, buf_str(&pic->text));
}

static void put_class(struct picture *pic, const struct call_node *node)
{
	static const char letters[] = {
		[FRAME_USER] = 'u', [FRAME_KERNEL] = 'k', [FRAME_JIT] = 'j', [FRAME_PROCESS] = 'p'};
	const char *name = intern_str(&pic->tree->names, node->name);
	const char *module = intern_str(&pic->tree->names, node->module);
	enum frame_kind kind =
		node->module ? frame_kind_of(module, node->kernel, true) : FRAME_PROCESS;
	unsigned int shade = (unsigned int)(hash_bytes(name, strlen(name), 0) >> 32) % SHADES;

	if (kind == FRAME_PROCESS || kind == FRAME_STATE)
		fprintf(pic->to, "%c", letters[FRAME_PROCESS]);
	else
		fprintf(pic->to, "%c%u", node->inlined ? 'i' : letters[kind], shade);
}

static void put_box(struct picture *pic, const struct box *box, double width)
{
	const struct call_node *node = &pic->tree->nodes.at[box->node];
	const char *name = calltree_name(pic->tree, box->node);
	double y = TOP + ROW * box->depth;

	fputs("<g><title>", pic->to);
	put_name(pic, name, 0);
	if (node->module) {
		fputs(" [", pic->to);
		put_name(pic, intern_str(&pic->tree->names, node->module), 0);
		fputc(']', pic->to);
	}
	buf_clear(&pic->text);
	buf_puts(&pic->text, "\n");
	scale_value(&pic->scale, node->total, &pic->text);
	buf_printf(&pic->text, ", %.2f %%", scale_percent(node->total, pic->total));
	put_text(pic->to, buf_str(&pic->text));
	fputs("</title><rect class=\"", pic->to);
	put_class(pic, node);
	fprintf(pic->to, "\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%.0f\" rx=\"1.5\"/>",
		box->x, y, width > 2 * GAP ? width - GAP : width, ROW - GAP);
	if (width >= TEXT_LEAST) {
		fprintf(pic->to, "<text x=\"%.1f\" y=\"%.1f\">", box->x + 4, y + 12.5);
		put_name(pic, name, (size_t)((width - 8) / LETTER));
		fputs("</text>", pic->to);
	}
	fputs("</g>\n", pic->to);
}

static void put_boxes(struct picture *pic)
{
	VEC(struct box) waiting = {0};
	struct box box = {.x = MARGIN};

	if (pic->total > 0)
		vec_push(&waiting, box);
	while (waiting.n) {
		double x, width;

		box = waiting.at[--waiting.n];
		width = (double)pic->tree->nodes.at[box.node].total * pic->per_unit;
		if (width < NARROWEST || box.depth >= MAX_DEPTH)
			continue;
		put_box(pic, &box, width);
		x = box.x;
		for (uint32_t c = pic->tree->nodes.at[box.node].first_child; c != CALL_NONE;
		     c = pic->tree->nodes.at[c].next) {
			struct box child = {.node = c, .depth = box.depth + 1, .x = x};

			vec_push(&waiting, child);
			x += (double)pic->tree->nodes.at[c].total * pic->per_unit;
		}
	}
	vec_done(&waiting);
}

/* Rows with a box wide enough. Parents come before their children. */
static uint32_t depth_of(const struct picture *pic)
{
	const struct calltree *t = pic->tree;
	uint32_t *depth = mem_array(t->nodes.n, sizeof(*depth));
	uint32_t deepest = 0;

	for (size_t i = 1; i < t->nodes.n; i++) {
		depth[i] = depth[t->nodes.at[i].parent] + 1;
		if ((double)t->nodes.at[i].total * pic->per_unit >= NARROWEST &&
		    depth[i] > deepest && depth[i] < MAX_DEPTH)
			deepest = depth[i];
	}
	free(depth);
	return deepest + 1;
}

static void put_legend(FILE *to, double y)
{
	static const struct {
		const char *class, *text;
	} entries[] = {{"p", "process"},
		       {"u0", "user"},
		       {"k0", "kernel"},
		       {"j0", "JIT"},
		       {"i0", "inlined"}};
	double x = MARGIN;

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++, x += 92)
		fprintf(to,
			"<rect class=\"%s\" x=\"%.0f\" y=\"%.0f\" width=\"12\" height=\"12\" "
			"rx=\"2\"/><text class=\"s\" x=\"%.0f\" y=\"%.0f\">%s</text>\n",
			entries[i].class, x, y, x + 18, y + 10.5, entries[i].text);
}

int svg_write(const struct profile *p, const struct out_options *o, FILE *to)
{
	struct calltree *tree = calltree_new(p, o->value);
	struct picture pic = {.tree = tree, .total = tree->nodes.at[0].total, .to = to};
	struct buf described = {0};
	double height;

	calltree_sort(tree);
	pic.scale = scale_for(profile_str(p, p->types[o->value].unit), pic.total);
	pic.per_unit = pic.total > 0 ? (WIDTH - 2 * MARGIN) / (double)pic.total : 0;
	height = TOP + ROW * depth_of(&pic) + BOTTOM;
	fprintf(to,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		"viewBox=\"0 0 %.0f %.0f\">\n%s",
		WIDTH, height, WIDTH, height, style);
	scale_described(p, o->value, pic.total, &described);
	fprintf(to, "<text class=\"t\" x=\"%.0f\" y=\"28\">Flame graph: ", MARGIN);
	put_name(&pic, buf_str(&described), 0);
	fprintf(to, "</text>\n<text class=\"s\" x=\"%.0f\" y=\"46\">", MARGIN);
	put_name(&pic, p->comments.n ? profile_str(p, p->comments.at[0]) : "",
		 (size_t)(WIDTH / LETTER));
	fputs("</text>\n", to);
	put_boxes(&pic);
	put_legend(to, height - BOTTOM + 16);
	fputs("</svg>\n", to);
	buf_done(&described);
	buf_done(&pic.text);
	calltree_free(tree);
	return ferror(to) ? (errno ? -errno : -EIO) : 0;
}
