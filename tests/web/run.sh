#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: report.html works from a file in a real browser, without any request: zoom, search,
# filters, inverted, table, sandwich, keys, links, dark and light; the ledger and memory; 20,000 stacks open in under a
# second. speedscope files hold to the format's published schema. SVG files are well-formed.
#
#   tests/web/run.sh [SHOTS]    SHOTS: a folder for screenshots, at two widths, dark and light
#
# From the environment: HOSTPROF (the program), BUILD (its build folder, with libhostprof.a, where
# npm packages are put), BROWSER (a Chromium).
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$root/build}
HOSTPROF=${HOSTPROF:-$BUILD/hostprof}
SHOTS=${1:-}
modules=$BUILD/tests/web/node_modules

skip() {
	echo "$*"
	exit 77
}

for BROWSER in ${BROWSER:-} chromium-headless-shell chromium chromium-browser; do
	BROWSER=$(command -v "$BROWSER") && break
done
[ -n "${BROWSER:-}" ] || skip "chromium is not installed"
for program in node npm; do
	command -v $program >/dev/null || skip "$program is not installed"
done
if [ ! -d "$modules/playwright-core" ] || [ ! -d "$modules/speedscope" ] || [ ! -d "$modules/ajv" ]; then
	mkdir -p "$BUILD/tests/web"
	npm install --prefix "$BUILD/tests/web" --no-save --no-audit --no-fund --silent \
		playwright-core@1 speedscope@1 ajv@8 >/dev/null 2>&1 ||
		skip "playwright-core is not installed"
fi

T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
mkdir rec wall many memory crowd locks both thousands
for program in web/big web/memory golden/golden golden/wall golden/locks; do
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -I"$root/user" -I"$root/include" \
		-o "make-${program##*/}" "$root/tests/$program.c" "$BUILD/libhostprof.a" -lprotobuf-c \
		-ljansson -lz -lm || { echo "FAIL build $program.c"; exit 1; }
done
if ! ./make-big big.pb.gz || ! ./make-golden rec || ! ./make-wall wall ||
	! ./make-wall many 20000 || ! ./make-locks locks || ! ./make-locks thousands 5000 ||
	! ./make-wall both || ! ./make-locks both || ! ./make-memory memory ||
	! ./make-memory crowd 2048; then
	echo "FAIL no profiles"
	exit 1
fi
mkdir one
cp rec/cpu.pb.gz one/

# report FILE ARGUMENT...: writes FILE, or ends the test.
report() {
	local to=$1

	shift
	"$HOSTPROF" report "$@" -o "$to" 2>err || { echo "FAIL report $*: $(cat err)"; exit 1; }
}

report small.html one --format html
report big.html big.pb.gz --format html
./make-golden page >two.html || { echo "FAIL golden page"; exit 1; }
report wall.html wall --format html
report many.html many --format html
report ledger.html many -k ledger --format html
report memory.html memory --format html
report crowd.html crowd --format html
report growth.html memory -k growth --format html
report heap.html memory -k heap --format html
report locks.html locks -k lock --format html
report both.html both --format html
report thousands.html thousands -k lock --format html
report empty.html rec/cpu.pb.gz -p 999 --format html
for file in rec/cpu rec/lock rec/heap big; do
	report "${file##*/}.speedscope.json" $file.pb.gz --format speedscope
	report "${file##*/}.svg" $file.pb.gz --format svg
done
for page in big:stacks many:threads thousands:locks; do
	size=$(stat -c %s "${page%:*}.html")
	[ "$size" -lt 3000000 ] || { echo "FAIL the page of many ${page#*:} has $size bytes"; exit 1; }
	echo "ok the page of many ${page#*:} has $size bytes"
done

export BROWSER SHOTS MODULES=$modules
bad=0
node "$here/formats.mjs" "$T" || bad=1
node "$here/page.mjs" "$T" || bad=1
node "$here/ledger.mjs" "$T" || bad=1
node "$here/memory.mjs" "$T" || bad=1
node "$here/locks.mjs" "$T" || bad=1
exit $bad
