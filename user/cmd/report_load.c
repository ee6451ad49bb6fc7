// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report_load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/kinds.h"
#include "model/merge.h"
#include "out/folder.h"
#include "out/pprof.h"
#include "util/buf.h"
#include "util/log.h"

#define WHAT_TO_GIVE "give a folder that 'hostprof record' wrote, or a pprof file"

static const struct kind {
	const char *name, *file, *question;
} kinds[] = {
#define HP_KIND(id, kind_name, kind_file, kind_question, types)                                    \
	{kind_name, kind_file, kind_question},
#include "hostprof/kinds.def"
#undef HP_KIND
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* While looking: the paths of each kind, and behind them of files on their own. */
struct search {
	struct report_group groups[N_KINDS + 1];
	unsigned int kind;
	char *ledger;
	size_t ledgers;
};

static bool is_wanted(const struct search *s, size_t kind)
{
	return s->kind == REPORT_ANY_KIND || s->kind == kind ||
	       (s->kind == REPORT_MEMORY && kinds_of_memory() & 1u << kind) ||
	       (s->kind == REPORT_WALL &&
		(!strcmp(kinds[kind].name, "cpu") || !strcmp(kinds[kind].name, "offcpu")));
}

static bool wants_ledger(const struct search *s)
{
	return s->kind == REPORT_ANY_KIND || s->kind == REPORT_LEDGER || s->kind == REPORT_WALL;
}

static const char *advice(int err)
{
	return err == -EACCES || err == -EPERM ? "run it as a user who may read it" : WHAT_TO_GIVE;
}

static void say_not_there(const char *path, const struct search *s)
{
	struct buf names = {0};

	for (size_t i = 0; i < N_KINDS; i++)
		if (is_wanted(s, i) && s->kind != REPORT_WALL) /* which can do without */
			buf_printf(&names, "%s%s", names.len ? ", " : "", kinds[i].file);
	if (s->kind == REPORT_LEDGER || s->kind == REPORT_WALL)
		buf_printf(&names, "%s" FOLDER_LEDGER, names.len ? ", " : "");
	log_error("no profile in %s: it holds no %s: " WHAT_TO_GIVE, path, buf_str(&names));
	buf_done(&names);
}

static bool add_ledger(struct search *s, const char *folder, size_t n)
{
	char *file = mem_printf("%.*s/" FOLDER_LEDGER, (int)n, folder);

	if (access(file, F_OK)) {
		free(file);
		return false;
	}
	free(s->ledger);
	s->ledger = file;
	s->ledgers++;
	return true;
}

static int add_folder(struct search *s, const char *path)
{
	size_t n = strlen(path);
	size_t found = 0;

	while (n > 1 && path[n - 1] == '/')
		n--;
	for (size_t i = 0; i < N_KINDS; i++) {
		char *file;
		int err;

		if (!is_wanted(s, i))
			continue;
		file = mem_printf("%.*s/%s", (int)n, path, kinds[i].file);
		err = access(file, F_OK) ? -errno : 0;
		if (!err) {
			vec_push(&s->groups[i].paths, file);
			found++;
			continue;
		}
		free(file);
		if (err != -ENOENT) { /* the folder itself is closed to us */
			log_error("cannot look into %s: %s: %s", path, strerror(-err), advice(err));
			return err;
		}
	}
	if (wants_ledger(s)) {
		bool has = add_ledger(s, path, n);

		found = has ? found + 1 : s->kind == REPORT_ANY_KIND ? found : 0;
	}
	if (found)
		return 0;
	say_not_there(path, s);
	return -ENOENT;
}

static int add_path(struct search *s, const char *path)
{
	struct stat st;
	int err;

	if (stat(path, &st)) {
		err = -errno;
		log_error("cannot open %s: %s: %s", path, strerror(-err), advice(err));
		return err;
	}
	if (S_ISDIR(st.st_mode))
		return add_folder(s, path);
	vec_push(&s->groups[N_KINDS].paths, mem_strdup(path));
	return 0;
}

/* One ledger, and files of no other recording. */
static int check_ledger(struct search *s)
{
	bool asked = s->kind == REPORT_LEDGER || s->kind == REPORT_WALL;
	bool alone = s->ledgers == 1 && !s->groups[N_KINDS].paths.n;

	if (asked && !alone) {
		log_error("cannot show the wall time of that: give one folder that 'hostprof "
			  "record' wrote");
		return -EINVAL;
	}
	if (!alone) {
		free(s->ledger);
		s->ledger = NULL;
	}
	return 0;
}

/* Files on their own join the one kind that folders gave. */
static int join_files(struct search *s)
{
	struct report_group *files = &s->groups[N_KINDS], *only = NULL;
	size_t n = 0;

	for (size_t i = 0; i < N_KINDS; i++) {
		if (!s->groups[i].paths.n)
			continue;
		only = &s->groups[i];
		n++;
	}
	if (!files->paths.n || !n)
		return 0;
	if (n > 1) {
		log_error("cannot merge %s with folders that hold several kinds: choose one with "
			  "-k KIND",
			  files->paths.at[0]);
		return -EINVAL;
	}
	vec_append(&only->paths, files->paths.at, files->paths.n);
	files->paths.n = 0;
	return 0;
}

int report_groups_find(char **args, int n_args, unsigned int kind, struct report_groups *ret)
{
	struct search s = {.kind = kind};
	struct report_groups groups = {0};
	int err = 0;

	for (size_t i = 0; i < N_KINDS; i++) {
		s.groups[i].kind = kinds[i].name;
		s.groups[i].question = kinds[i].question;
	}
	s.groups[N_KINDS].kind = s.groups[N_KINDS].question = "";
	for (int i = 0; i < n_args && !err; i++)
		err = add_path(&s, args[i]);
	if (!err)
		err = check_ledger(&s);
	if (!err)
		err = join_files(&s);
	groups.ledger = s.ledger;
	for (size_t i = 0; i <= N_KINDS; i++) {
		if (s.groups[i].paths.n)
			vec_push(&groups.at, s.groups[i]);
		else
			vec_done(&s.groups[i].paths);
	}
	if (err)
		report_groups_done(&groups);
	else
		*ret = groups;
	return err;
}

void report_groups_done(struct report_groups *groups)
{
	struct report_group *group;
	char **path;

	vec_each(group, &groups->at) {
		vec_each(path, &group->paths)
			free(*path);
		vec_done(&group->paths);
	}
	vec_done(&groups->at);
	free(groups->ledger);
	groups->ledger = NULL;
}

static int load_file(const char *path, struct profile **ret_profile)
{
	struct buf why = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0) {
		err = -errno;
		log_error("cannot open %s: %s: %s", path, strerror(-err), advice(err));
		return err;
	}
	err = pprof_read(fd, ret_profile, &why);
	if (err)
		log_error("cannot read %s: %s: %s", path, buf_str(&why), WHAT_TO_GIVE);
	buf_done(&why);
	close(fd);
	return err;
}

static void types_list(const struct profile *p, struct buf *out)
{
	for (uint32_t i = 0; i < p->n_types; i++)
		buf_printf(out, "%s%s/%s", i ? ", " : "", profile_str(p, p->types[i].type),
			   profile_str(p, p->types[i].unit));
}

static void say_types_differ(const struct report_group *group, size_t i,
			     const struct profile *first, const struct profile *other)
{
	struct buf a = {0}, b = {0};

	types_list(first, &a);
	types_list(other, &b);
	log_error("cannot merge %s (%s) with %s (%s): their values differ: report them one by one",
		  group->paths.at[i], buf_str(&b), group->paths.at[0], buf_str(&a));
	buf_done(&a);
	buf_done(&b);
}

int report_group_load(const struct report_group *group, struct profile **ret_profile)
{
	struct profile *sum;
	struct merge m;
	int err = 0;

	if (group->paths.n == 1)
		return load_file(group->paths.at[0], ret_profile);
	sum = profile_new();
	merge_init(&m, sum);
	for (size_t i = 0; i < group->paths.n && !err; i++) {
		struct profile *one;

		err = load_file(group->paths.at[i], &one);
		if (err)
			break;
		err = merge_add(&m, one, NULL, NULL);
		if (err)
			say_types_differ(group, i, sum, one);
		profile_free(one);
	}
	merge_done(&m);
	if (err)
		profile_free(sum);
	else
		*ret_profile = sum;
	return err;
}
