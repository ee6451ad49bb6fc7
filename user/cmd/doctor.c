// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/cmd.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "hook/features.h"
#include "hostprof/event.h"
#include "hostprof/version.h"
#include "util/log.h"
#include "util/mem.h"

#define WIDTH	     80
#define NAME_WIDTH   21 /* the longest feature name, and two blanks */
#define STATUS_WIDTH 9

struct doctor_options {
	bool json;
};

static const struct opt doctor_opts[] = {
	{.type = OPT_FLAG,
	 .name = "json",
	 .help = "print JSON, for scripts",
	 .offset = offsetof(struct doctor_options, json)},
	{.type = OPT_END},
};

/*
 * What each kind needs: the first feature that is not there is why the kind is unavailable. All
 * are programs that walk user stacks.
 */
#define NEEDS_MAX 8
static const struct kind_needs {
	const char *features[NEEDS_MAX];
	const char *better_source, *better_feature; /* used where the feature is there */
	const char *source;
} kind_needs[HP_KINDS] = {
	[HP_KIND_CPU] =
		{
			.features = {"bpf-load", "bpf-ringbuf", "btf", "user-stacks",
				     "task-registers", "perf-cpu-clock", "lockdown"},
			.better_source = "cycles",
			.better_feature = "perf-cycles",
			.source = "cpu-clock",
		},
	[HP_KIND_OFFCPU] =
		{
			.features = {"bpf-load", "bpf-ringbuf", "btf", "user-stacks",
				     "task-registers", "lockdown"},
			.source = "sched_switch",
		},
	[HP_KIND_GROWTH] =
		{
			.features = {"bpf-load", "bpf-ringbuf", "btf", "user-stacks",
				     "task-registers", "memory-tracepoint", "lockdown"},
			.source = "mm_page_alloc",
		},
	[HP_KIND_HEAP] =
		{
			.features = {"bpf-load", "bpf-ringbuf", "btf", "user-stacks", "uprobes",
				     "lockdown"},
			.source = "malloc",
		},
	[HP_KIND_LOCK] =
		{
			.features = {"bpf-load", "bpf-ringbuf", "btf", "user-stacks",
				     "task-registers", "lockdown"},
			.source = "sched_switch",
		},
};

static const struct kind {
	const char *name, *question;
} kinds[] = {
#define HP_TYPE(type, unit)
#define HP_KIND(id, name, file, question, types) {name, question},
#include "hostprof/kinds.def"
#undef HP_KIND
#undef HP_TYPE
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct diagnosis {
	const struct kind *kind;
	const char *source;	       /* NULL when unavailable */
	const struct feature *lacking; /* NULL when available */
};

static struct diagnosis diagnose_kind(const struct features *features, const struct kind *kind)
{
	struct diagnosis d = {.kind = kind};
	const struct kind_needs *needs = &kind_needs[kind - kinds];
	const struct feature *f;
	size_t i;

	for (i = 0; i < NEEDS_MAX && needs->features[i]; i++) {
		f = features_find(features, needs->features[i]);
		/* What could not be told is tried by record; its own cause is in the list as well.
		 */
		if (f && (f->state == FEATURE_MISSING || f->state == FEATURE_DENIED)) {
			d.lacking = f;
			return d;
		}
	}
	f = needs->better_feature ? features_find(features, needs->better_feature) : NULL;
	d.source = f && f->state == FEATURE_OK ? needs->better_source : needs->source;
	return d;
}

/* --- JSON ------------------------------------------------------------------------------------ */

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *kind_json(const struct diagnosis *d)
{
	char *why = d->lacking ? mem_printf("%s: %s", d->lacking->name, d->lacking->detail) : NULL;
	json_t *object = json_object();

	json_object_set_new(object, "status", json_string(d->lacking ? "unavailable" : "ok"));
	json_object_set_new(object, "source", text_or_null(d->source));
	json_object_set_new(object, "why", text_or_null(why));
	json_object_set_new(object, "remedy", text_or_null(d->lacking ? d->lacking->remedy : NULL));
	free(why);
	return object;
}

static json_t *feature_json(const struct feature *f)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", json_string(f->name));
	json_object_set_new(object, "status", json_string(feature_state_name(f->state)));
	json_object_set_new(object, "optional", json_boolean(f->optional));
	json_object_set_new(object, "detail", json_string(f->detail));
	json_object_set_new(object, "needed_for", json_string(f->needed_for));
	json_object_set_new(object, "remedy", text_or_null(f->remedy));
	return object;
}

static int print_json(const struct features *features, const struct diagnosis *diagnoses,
		      const struct utsname *host)
{
	json_t *root = json_object(), *by_kind = json_object(), *list = json_array();
	const struct feature *f;
	size_t i;
	int err;

	json_object_set_new(root, "schema", json_integer(1));
	json_object_set_new(root, "hostprof", json_string(HOSTPROF_VERSION));
	json_object_set_new(root, "kernel", json_string(host->release));
	json_object_set_new(root, "arch", json_string(host->machine));
	for (i = 0; i < N_KINDS; i++)
		json_object_set_new(by_kind, kinds[i].name, kind_json(&diagnoses[i]));
	json_object_set_new(root, "kinds", by_kind);
	vec_each(f, &features->list)
		json_array_append_new(list, feature_json(f));
	json_object_set_new(root, "features", list);
	err = json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
	return err ? -EIO : 0;
}

/* --- for people ------------------------------------------------------------------------------ */

/*
 * Prints words in lines of at most WIDTH columns. The cursor stands at `column`; further lines
 * begin at `indent`.
 */
static void print_wrapped(const char *text, int column, int indent)
{
	bool first = true;
	int n;

	for (text += strspn(text, " "); *text; text += n, text += strspn(text, " ")) {
		n = (int)strcspn(text, " ");
		if (!first && column + 1 + n > WIDTH) {
			printf("\n%*s", indent, "");
			column = indent;
			first = true;
		}
		printf("%s%.*s", first ? "" : " ", n, text);
		column += n + !first;
		first = false;
	}
	putchar('\n');
}

static bool want_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb");
}

static void print_row(const char *name, const char *status, const char *colour, const char *text)
{
	printf("  %-*s%s%-*s%s", NAME_WIDTH, name, colour, STATUS_WIDTH, status,
	       *colour ? "\033[0m" : "");
	print_wrapped(text, 2 + NAME_WIDTH + STATUS_WIDTH, 2 + NAME_WIDTH + STATUS_WIDTH);
}

static void print_note(const char *label, const char *text)
{
	int n = printf("%*s%s: ", 2 + NAME_WIDTH + STATUS_WIDTH, "", label);

	print_wrapped(text, n, 2 + NAME_WIDTH + STATUS_WIDTH + 2);
}

static const char *state_colour(const struct feature *f)
{
	if (f->state == FEATURE_OK)
		return "\033[32m";
	return f->optional || f->state == FEATURE_UNKNOWN ? "\033[33m" : "\033[31m";
}

static void print_kind(const struct diagnosis *d, bool colour)
{
	char *text;

	if (!d->lacking) {
		text = mem_printf("%s (source: %s)", d->kind->question, d->source);
		print_row(d->kind->name, "ok", colour ? "\033[32m" : "", text);
		free(text);
		return;
	}
	text = mem_printf("%s: %s", d->lacking->name, d->lacking->detail);
	print_row(d->kind->name, "missing", colour ? "\033[31m" : "", d->kind->question);
	print_note("why", text);
	if (d->lacking->remedy)
		print_note("remedy", d->lacking->remedy);
	free(text);
}

static void print_feature(const struct feature *f, bool colour)
{
	const char *status = feature_state_name(f->state);

	if (f->optional && f->state == FEATURE_MISSING)
		status = "absent"; /* nothing is amiss */
	print_row(f->name, status, colour ? state_colour(f) : "", f->detail);
	if (f->state != FEATURE_OK)
		print_note("for", f->needed_for);
}

static bool same_remedy(const struct feature *a, const struct feature *b)
{
	return a->remedy && b->remedy && !strcmp(a->remedy, b->remedy);
}

/* Each remedy once, with the features it is for: most often one remedy serves them all. */
static void print_remedies(const struct features *features)
{
	const struct feature *all = features->list.at;
	size_t i, j, n = features->list.n, printed = 0;
	struct buf names = {0};

	for (i = 0; i < n; i++) {
		for (j = 0; j < i && !same_remedy(&all[j], &all[i]); j++)
			;
		if (j < i || !all[i].remedy)
			continue;
		buf_clear(&names);
		buf_puts(&names, "for");
		for (j = i; j < n; j++)
			if (same_remedy(&all[j], &all[i]))
				buf_printf(&names, "%s %s", j > i ? "," : "", all[j].name);
		printf("%s  ", printed++ ? "" : "\nWhat to do\n");
		print_wrapped(all[i].remedy, 2, 2);
		printf("    ");
		print_wrapped(buf_str(&names), 4, 4);
	}
	buf_done(&names);
}

static void print_people(const struct features *features, const struct diagnosis *diagnoses,
			 const struct utsname *host)
{
	bool colour = want_colour();
	const struct feature *f;
	size_t i;

	printf("hostprof %s on Linux %s, %s, as %s\n\nProfiles\n", HOSTPROF_VERSION, host->release,
	       host->machine, geteuid() ? "an ordinary user" : "root");
	for (i = 0; i < N_KINDS; i++)
		print_kind(&diagnoses[i], colour);
	printf("\nFeatures\n");
	vec_each(f, &features->list)
		print_feature(f, colour);
	print_remedies(features);
}

static int run_doctor(const struct cmd *cmd, int argc, char **argv)
{
	struct doctor_options options = {0};
	struct diagnosis diagnoses[N_KINDS];
	struct features features;
	struct utsname host = {0};
	int n_args, status = EXIT_OK;
	char **args;
	size_t i;

	if (opt_parse(&cmd->cli, &options, argc, argv, &args, &n_args))
		return EXIT_USAGE;
	if (n_args) {
		log_error("doctor takes no arguments, but '%s' was given (see hostprof doctor "
			  "--help)",
			  args[0]);
		return EXIT_USAGE;
	}
	uname(&host);
	features_probe(&features);
	for (i = 0; i < N_KINDS; i++) {
		diagnoses[i] = diagnose_kind(&features, &kinds[i]);
		if (diagnoses[i].lacking)
			status = EXIT_FAILED;
	}
	if (!options.json)
		print_people(&features, diagnoses, &host);
	else if (print_json(&features, diagnoses, &host))
		status = EXIT_FAILED;
	features_done(&features);
	return status;
}

const struct cmd cmd_doctor = {
	.cli =
		{
			.name = "doctor",
			.summary = "say what this kernel and these privileges allow",
			.args = "",
			.about = "Tries, one by one, the kernel features and the privileges that "
				 "recording needs, leaves nothing behind, and says of each that is "
				 "not there what it is needed for and what to do about it.\n"
				 "\n"
				 "The exit status is 0 when every kind of profile can be recorded, "
				 "1 otherwise.",
			.opts = doctor_opts,
		},
	.run = run_doctor,
};
