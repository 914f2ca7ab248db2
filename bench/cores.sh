#!/bin/sh
# Measures `safelight scan` on folders of JPEG pairs: one core against two, its memory against the number of pairs, and
# what --screen saves. Prints Markdown tables:
#
#	bench/cores.sh [PHOTO…]
#
# The pairs are JPEG of quality 90, 4:2:0, made of the photographs, and the same coded once more at 90, so that they are
# good; under many names each (hard links). Needs Go, GNU time (Debian: time), python3-pil and python3-numpy. ROUNDS=5,
# and PAIRS=20000 for the memory by default; it takes about ten minutes.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python=${PYTHON:-/usr/bin/python3}
rounds=${ROUNDS:-5} many=${PAIRS:-20000}
CGO_ENABLED=0 go build -trimpath -o "$dir/safelight" ./cmd/safelight
"$python" bench/peers/pairs.py jpeg "$dir/large" 1216x832 90 "$@"
"$python" bench/peers/pairs.py jpeg "$dir/small" 768x512 90 "$@"

# folder NAME SIZE PAIRS makes a folder of that many names.
folder() {
	for side in reference candidate; do
		mkdir -p "$dir/$1/$side"
		"$python" - "$dir/$2/$side" "$dir/$1/$side" "$3" <<-'END'
			import os, sys
			files = sorted(os.listdir(sys.argv[1]))
			for i in range(int(sys.argv[3])):
			    os.makedirs(f"{sys.argv[2]}/{i // 1000:03}", exist_ok=True)
			    os.link(f"{sys.argv[1]}/{files[i % len(files)]}", f"{sys.argv[2]}/{i // 1000:03}/{i:06}.jpg")
		END
	done
}
# scan FOLDER FLAG… says wall clock, user CPU, system CPU in seconds and peak memory in kB; a scan over budget exits
# with 1, and its progress goes to a file.
scan() {
	folder=$dir/$1
	shift
	HOME=$dir /usr/bin/time -o "$dir/time" -f "%e %U %S %M" "$dir/safelight" scan --dir "$dir" --no-cache --class thumbnail \
		--csv --reference "$folder/reference" --candidate "$folder/candidate" "$@" >"$dir/csv" 2>"$dir/said" || [ $? = 1 ] || {
		cat "$dir/said" >&2
		return 1
	}
	tail -1 "$dir/time"
}
median() { sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-), $(nproc) cores; $(go version)"

folder cores large 600
: >"$dir/rounds"
i=0
while [ $i -le "$rounds" ]; do # the first warms up
	one=$(scan cores --workers 1) two=$(scan cores --workers 2)
	[ $i = 0 ] || echo "$one $two" >>"$dir/rounds"
	i=$((i + 1))
done
printf '\n600 pairs of 1216×832; medians of %s rounds\n\n' "$rounds"
echo '| workers | wall clock, s | user and system CPU, s | peak memory, MB |'
echo '|---|---|---|---|'
for side in 0 4; do
	printf '| %d | %.2f | %.2f | %.1f |\n' $((side / 4 + 1)) \
		"$(awk -v s=$side '{ print $(s + 1) }' "$dir/rounds" | median)" \
		"$(awk -v s=$side '{ print $(s + 2) + $(s + 3) }' "$dir/rounds" | median)" \
		"$(awk -v s=$side '{ print $(s + 4) / 1000 }' "$dir/rounds" | median)"
done
printf '\nTwo workers are %s× as fast as one (%s).\n' "$(awk '{ print $1 / $5 }' "$dir/rounds" | median | cut -c1-4)" \
	"$(awk '{ printf "%s%.2f", (NR > 1 ? ", " : ""), $1 / $5 }' "$dir/rounds")"

folder few small 200
folder many small "$many"
printf '\nMemory of a scan on all cores, 768×512\n\n'
echo '| pairs | wall clock, s | user and system CPU, s | peak memory, MB |'
echo '|---|---|---|---|'
for name in few many; do
	scan $name | awk -v n="$(find "$dir/$name/reference" -name '*.jpg' | wc -l)" '{ printf "| %d | %s | %.1f | %.1f |\n", n, $1, $2 + $3, $4 / 1000 }'
done

# At its end a scan that screens plants defects into six references. That takes the same time whatever the number of
# pairs, so the saving on a pair is told from two numbers of pairs.
folder screen small 2200
cpu() { scan "$@" | awk '{ print $2 + $3 }'; }
: >"$dir/rounds"
i=0
while [ $i -lt "$(((rounds + 1) / 2))" ]; do
	echo "$(cpu few) $(cpu screen) $(cpu few --screen) $(cpu screen --screen)" >>"$dir/rounds"
	i=$((i + 1))
done
printf '\nScreening of good pairs, class thumbnail, 768×512\n\n'
awk '{ printf "%.6f %.6f %.3f\n", ($2 - $1) / 2, ($4 - $3) / 2, $3 - $1 * ($4 - $3) / ($2 - $1) }' "$dir/rounds" >"$dir/each"
whole=$(cut -d' ' -f1 "$dir/each" | median) screened=$(cut -d' ' -f2 "$dir/each" | median)
echo '| | CPU a pair, ms |'
echo '|---|---|'
printf '| scan | %.2f |\n| scan --screen | %.2f |\n' "$whole" "$screened"
printf '\nScreening saves %.0f %% of the CPU of a pair' "$(awk '{ print 100 * (1 - $2 / $1) }' "$dir/each" | median)"
printf '; its planted defects take %.1f s of CPU at the end. It said: %s\n' "$(cut -d' ' -f3 "$dir/each" | median)" "$(tail -2 "$dir/said" | tr '\n' ' ')"
scan screen --screen --html "$dir/report.html" >/dev/null
printf '\nPlanted defects, each as weak as the whole measurement just finds\n\n'
"$python" - "$dir/report.html" <<'END'
import html, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
part = next(t for t in re.findall(r"<table>.*?</table>", page, re.S) if t.count('scope="col"') == 3)
for i, row in enumerate(re.findall(r"<tr>(.*?)</tr>", part, re.S)):
    print("|", " | ".join(html.unescape(re.sub("<.*?>", "", c)) for c in re.findall(r"<t[dh].*?>(.*?)</t[dh]>", row, re.S)), "|")
    if i == 0:
        print("|---|---|---|")
END
