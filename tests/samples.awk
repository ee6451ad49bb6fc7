# SPDX-License-Identifier: GPL-2.0-or-later
# Turns the text of `go tool pprof -raw` into one line a sample: see samples() in lib.sh.
function label(text, key,    rest) {
	if (!match(" " text, " " key ":\\["))
		return ""
	rest = substr(" " text, RSTART + RLENGTH)
	match(rest, /\]( [a-z_]+:\[|$)/)
	return substr(rest, 1, RSTART - 1)
}

function frames(ids,    n, part, i, out) {
	n = split(ids, part, " ")
	out = ""
	for (i = 1; i <= n; i++)
		out = out (i > 1 ? ";" : "") "@" part[i]
	return out
}

function resolve(stack,    n, part, i, out) {
	n = split(stack, part, ";")
	out = ""
	for (i = 1; i <= n; i++)
		out = out (i > 1 ? ";" : "") frame_name(substr(part[i], 2))
	return out
}

function frame_name(id,    file) {
	file = mapping[location_mapping[id]]
	if (id in names)
		return names[id] (file ~ /^\[kernel/ ? "_[k]" : "")
	sub(/.*\//, "", file)
	return (file == "" ? "[unknown]" : file) "+" address[id]
}

/^Samples:/ { part = "types"; next }
/^Locations/ { part = "locations"; next }
/^Mappings/ { part = "mappings"; next }
part == "types" { part = "samples"; next }

part == "samples" && /^ *[0-9]+ +[0-9]+: / {
	n_samples++
	split($0, half, ": ")
	split(half[1], value, " ")
	count[n_samples] = value[1]
	ns[n_samples] = value[2]
	stack[n_samples] = frames(half[2])
	next
}
part == "samples" { labels[n_samples] = labels[n_samples] " " substr($0, 17) }

part == "locations" && /^ *[0-9]+: 0x/ {
	id = $1 + 0
	address[id] = $2
	rest = $0
	sub(/^ *[0-9]+: 0x[0-9a-f]+ /, "", rest)
	if (match(rest, /^M=[0-9]+ /)) {
		location_mapping[id] = substr(rest, 3, RLENGTH - 3)
		rest = substr(rest, RLENGTH + 1)
	}
	if (sub(/ [^ ]*:[0-9]+(:[0-9]+)? s=[0-9]+.*$/, "", rest))
		names[id] = rest
	next
}

# What the function before was inlined into.
part == "locations" && /^ +[^ ]/ && (id in names) {
	rest = $0
	sub(/^ +/, "", rest)
	if (sub(/ [^ ]*:[0-9]+(:[0-9]+)? s=[0-9]+.*$/, "", rest))
		names[id] = names[id] ";" rest
	next
}

part == "mappings" && /^[0-9]+: / { mapping[$1 + 0] = $3 }

END {
	for (i = 1; i <= n_samples; i++)
		printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", count[i], ns[i], label(labels[i], "pid"),
			label(labels[i], "tid"), label(labels[i], "comm"),
			label(labels[i], "thread"), resolve(stack[i]), label(labels[i], "reason"),
			label(labels[i], "waker")
}
