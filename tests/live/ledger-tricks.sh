#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the ledger keeps threads apart whose ids change or come again: a thread that is not the
# first calls exec and takes over its process's id; one id is given to many processes. Workers of
# io_uring are threads of the process they work for.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq "$PYTHON"

KINDS=offcpu

cat >"$T/exec.py" <<'END'
import os, threading, time
def run():
    time.sleep(0.4)
    os.execv("/bin/sleep", ["sleep", "0.5"])
threading.Thread(target=run).start()
time.sleep(60)
END
record "$T/rec" -- "$PYTHON" "$T/exec.py"
books_balance "$T/rec"
pid=$(summary "$T/rec" .target.command_pid)
[ "$(ledger "$T/rec" "[.threads[] | select(.pid == $pid)] | length")" = 2 ] ||
	fail "exec by the second thread: not two threads: $(ledger "$T/rec" '.threads | tostring')"
# The second thread sleeps from its start to the end of the program it has become.
near "exec by the second thread: asleep" "$(ledger "$T/rec" '[.threads[].blocked_ns.sleep] | max')" \
	900000000 2
near "exec by the second thread: its first's end" \
	"$(ledger "$T/rec" '[.threads[].blocked_ns.sleep] | min')" 400000000 3

# The id that comes next is what the kernel is told, if nobody else is faster.
cat >"$T/reuse.py" <<'END'
import os, time
same, pid = 1, os.fork()
if pid == 0:
    os._exit(0)
os.waitpid(pid, 0)
while same < 20:
    with open("/proc/sys/kernel/ns_last_pid", "w") as last:
        last.write(str(pid - 1))
    child = os.fork()
    if child == 0:
        time.sleep(0.01)
        os._exit(0)
    os.waitpid(child, 0)
    same += child == pid
print(pid)
END
if [ -w /proc/sys/kernel/ns_last_pid ]; then
	record "$T/rec" -- "$PYTHON" "$T/reuse.py"
	books_balance "$T/rec"
	pid=$(tail -n 1 "$T/record.out")
	n=$(ledger "$T/rec" "[.processes[] | select(.pid == $pid)] | length")
	[ "$n" = 20 ] || fail "one id for 20 processes: the ledger has $n"
	n=$(ledger "$T/rec" "[.processes[] | select(.pid == $pid and .threads == 1 and
		.blocked_ns.sleep > 9e6 and .blocked_ns.sleep < 40e6)] | length")
	[ "$n" = 19 ] || fail "19 of them slept for 10 ms; the ledger has $n"
else
	echo "ids cannot be chosen: not tried"
fi

record "$T/rec" -- "$W/waits" 0.5 uring
books_balance "$T/rec"
workers=$(ledger "$T/rec" '[.threads[] | select(.thread | startswith("iou-wrk")) |
	select(.comm == "waits" and .kernel and .blocked_ns.wait > 9e6)] | length')
at_least "workers of io_uring, waiting for the pipe" "$workers" 1
