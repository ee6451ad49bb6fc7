// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/cmds.h"

#include "cmd/cmd.h"
#include "hostprof/version.h"
#include "util/roff.h"

/* The files of a recording, from the list of kinds. */
static const struct {
	const char *name, *question;
} kind_files[] = {
#define HP_TYPE(type, unit)
#define HP_KIND(id, name, file, question, types) {file, question},
#include "hostprof/kinds.def"
#undef HP_KIND
#undef HP_TYPE
};

static const char head[] =
	".TH HOSTPROF 8 \"\" \"hostprof " HOSTPROF_VERSION "\" \"System administration\"\n"
	".SH NAME\n"
	"hostprof \\- system-wide profiler for Linux\n"
	".SH SYNOPSIS\n";

static const char description[] =
	"hostprof answers where the time of a live Linux host goes, for every process and "
	"container at once. Programs are watched as they run: no restart, no recompiling, no frame "
	"pointers and no agent inside them.\n"
	"\n"
	"It measures from inside the kernel with BPF programs, which go away with the process that "
	"loaded them. Every recording says what it could not measure, and what it cost.\n"
	"\n"
	"It needs root, or the capabilities that hostprof doctor names, and a kernel 6.1 or later "
	"with BTF.\n";

static const char exit_status[] =
	".SH \"EXIT STATUS\"\n"
	".TP\n0\nThe work was done. Ctrl\\-C is a normal end of a recording.\n"
	".TP\n1\nIt failed; for doctor, a kind of profile is unavailable.\n"
	".TP\n2\nThe command line was wrong.\n"
	".PP\nA recording of a command ends with that command's own status when it was not 0.\n";

/* The others; ledger.json comes with offcpu, locks.json with lock, leaks.json with heap. */
static const char other_files[] =
	".TP\n\\fIDIR\\fR/ledger.json\n"
	"the wall time of every thread: on a CPU, in the run queue, waiting, by reason\n"
	".TP\n\\fIDIR\\fR/locks.json\n"
	"every lock with its exact sums and its holders\n"
	".TP\n\\fIDIR\\fR/leaks.json\n"
	"the stacks that keep memory, how old it is, and what grows\n"
	".TP\n\\fIDIR\\fR/summary.json\n"
	"what was recorded and for how long; what each kind attempted, delivered and lost; the "
	"cost\n"
	".TP\n\\fIDIR\\fR/report.html\n"
	"all of it as one page for a browser, which needs no network\n"
	".PP\nThe folder is hostprof\\-YYYYMMDD\\-HHMMSS unless another is given. The profiles are "
	"in the pprof format; any program that reads it can show them.\n";

static const char examples[] =
	".SH EXAMPLES\n"
	".PP\nThe whole host for ten seconds:\n"
	".PP\n.nf\n  hostprof record \\-d 10\n.fi\n"
	".PP\nA command and everything it starts, then its functions:\n"
	".PP\n.nf\n  hostprof record \\-o out \\-\\- make \\-j2\n  hostprof report out\n.fi\n"
	".PP\nWhat this machine allows, as JSON:\n"
	".PP\n.nf\n  hostprof doctor \\-\\-json\n.fi\n";

static const char tail[] = ".SH \"SEE ALSO\"\n"
			   ".BR perf (1),\n"
			   ".BR bpftool (8),\n"
			   ".BR capabilities (7),\n"
			   ".BR perf_event_open (2)\n";

static void man_synopsis(struct buf *out)
{
	const struct cmd *cmd;
	unsigned int i;

	for (i = 0; (cmd = cmds_at(i)); i++) {
		buf_puts(out, i ? ".br\n\\fBhostprof " : "\\fBhostprof ");
		roff_text(out, cmd->cli.name);
		buf_puts(out, "\\fR [\\fIOPTION\\fR...]");
		if (cmd->cli.args && *cmd->cli.args)
			buf_putc(out, ' ');
		roff_line(out, cmd->cli.args ? cmd->cli.args : "");
	}
	buf_puts(out, ".br\n\\fBhostprof help\\fR \\fICOMMAND\\fR\n"
		      ".br\n\\fBhostprof \\-\\-version\\fR\n");
}

void cmds_man(struct buf *out)
{
	const struct cmd *cmd;
	unsigned int i;

	buf_puts(out, head);
	man_synopsis(out);
	buf_puts(out, ".SH DESCRIPTION\n");
	roff_paragraphs(out, description);
	buf_puts(out, ".SH COMMANDS\n");
	for (i = 0; (cmd = cmds_at(i)); i++)
		opt_man(&cmd->cli, out);
	buf_puts(out, exit_status);
	buf_puts(out, ".SH FILES\n");
	for (i = 0; i < sizeof(kind_files) / sizeof(kind_files[0]); i++) {
		buf_puts(out, ".TP\n\\fIDIR\\fR/");
		roff_line(out, kind_files[i].name);
		roff_line(out, kind_files[i].question);
	}
	buf_puts(out, other_files);
	buf_puts(out, examples);
	buf_puts(out, tail);
}

/*
 * In COMP_WORDS "--name=value" is three words, since '=' breaks words: $prev is made to be the
 * option's name whichever way its value is given.
 */
static const char completion_helpers[] =
	"# bash completion for hostprof; made by hostprof --completion\n"
	"_hostprof_words()\n{\n"
	"\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n}\n"
	"# The last item of a comma list; those before it stay.\n"
	"_hostprof_list()\n{\n"
	"\tlocal before=\n"
	"\t[[ $cur != *,* ]] || before=${cur%,*},\n"
	"\tmapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$1\" -- \"${cur##*,}\")\n}\n"
	"_hostprof_pids()\n{\n"
	"\tlocal dir pids=\n"
	"\tfor dir in /proc/[0-9]*; do pids+=\" ${dir#/proc/}\"; done\n"
	"\t_hostprof_list \"$pids\"\n}\n"
	"_hostprof_files()\n{\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n}\n"
	"_hostprof_dirs()\n{\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n}\n"
	"_hostprof_commands()\n{\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t COMPREPLY < <(compgen -c -- \"$cur\"; compgen -f -- \"$cur\")\n}\n";

static const char completion_main[] =
	"_hostprof()\n{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i\n"
	"\tCOMPREPLY=()\n"
	"\tif [[ $cur == = ]]; then\n"
	"\t\tcur=\n"
	"\telif [[ $prev == = && $COMP_CWORD -gt 1 ]]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
	"\tfi\n"
	"\tif [[ $COMP_CWORD -eq 1 ]]; then\n"
	"\t\t_hostprof_words \"$_hostprof_names help --help --version\"\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif [[ ${COMP_WORDS[1]} == help ]]; then\n"
	"\t\t_hostprof_words \"$_hostprof_names\"\n"
	"\t\treturn\n"
	"\tfi\n"
	"\t# Behind -- there are no options of ours any more.\n"
	"\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	"\t\tif [[ ${COMP_WORDS[i]} == -- ]]; then\n"
	"\t\t\tif [[ $i -eq $((COMP_CWORD - 1)) && ${COMP_WORDS[1]} == record ]]; then\n"
	"\t\t\t\t_hostprof_commands\n"
	"\t\t\telse\n"
	"\t\t\t\t_hostprof_files\n"
	"\t\t\tfi\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tcase \" $_hostprof_names \" in\n"
	"\t*\" ${COMP_WORDS[1]} \"*) \"_hostprof_${COMP_WORDS[1]}\" ;;\n"
	"\tesac\n"
	"}\n"
	"complete -F _hostprof hostprof\n";

void cmds_completion(struct buf *out)
{
	const struct cmd *cmd;
	unsigned int i;

	buf_puts(out, completion_helpers);
	buf_puts(out, "_hostprof_names=\"");
	for (i = 0; (cmd = cmds_at(i)); i++)
		buf_printf(out, "%s%s", i ? " " : "", cmd->cli.name);
	buf_puts(out, "\"\n");
	for (i = 0; (cmd = cmds_at(i)); i++)
		opt_completion(&cmd->cli, out);
	buf_puts(out, completion_main);
}
