package demo

// The files of the fictional team's repository. They are honest: each does what it says, and nobody in it noticed
// that together they let a wrong look through.

const repoReadme = `# Colour pipeline

Delivers the catalogue's pictures with the house's look.

- luts/brand.cube: the look, applied to every product picture
- luts/encoder.json: how files are written
- scripts/validate-lut.mjs: run by CI on each change
- hooks/pre-commit: compares a changed LUT with the one in use; install it with
  cp hooks/pre-commit .git/hooks/
`

const repoCI = `# Runs on every push.
steps:
  - name: lint
    run: npx eslint scripts
  - name: unit
    run: node --test scripts
  - name: lut
    run: node scripts/validate-lut.mjs luts/brand.cube
`

const repoCodeowners = `# Who must approve what.
/scripts/      @oree/platform
/hooks/        @oree/platform
/.ci.yml       @oree/platform
/luts/encoder.json  @oree/delivery
`

const repoEncoder = `{
  "format": "jpeg",
  "quality": 90
}
`

const repoEncoderFlags = `{
  "format": "jpeg",
  "quality": 90,
  "chroma": "4:2:0",
  "progressive": false
}
`

const repoSeason = `# Season look

Requested by the studio: colours a little richer, hues as they are. The table comes from the grading tool as a
17-point cube and replaces luts/brand.cube.
`

// validateScript checks form and not colour: that is the gap in CI.
const validateScript = `// Checks that a .cube file is well formed: one size line, and as many rows as it says.
import { readFileSync } from "node:fs";

const path = process.argv[2] ?? "luts/brand.cube";
const lines = readFileSync(path, "utf8").split(/\r?\n/);
const sizes = lines.filter((line) => line.startsWith("LUT_3D_SIZE "));
if (sizes.length !== 1) {
  console.error(path + ": " + sizes.length + " LUT_3D_SIZE lines, want 1");
  process.exit(1);
}
const size = Number(sizes[0].split(" ")[1]);
const rows = lines.filter((line) => /^[-+.\d]/.test(line));
if (!Number.isInteger(size) || size < 2 || rows.length !== size ** 3) {
  console.error(path + ": " + rows.length + " rows for size " + size + ", want " + size ** 3);
  process.exit(1);
}
console.log(path + ": " + rows.length + " rows, size " + size + ": ok");
`

// hookScript has one real mistake, a well-known one: the status of a pipeline is that of its last command. "set -e"
// does not see that the validator refused, because tee, which keeps the log, ended well.
const hookScript = `#!/bin/sh
# Stops a commit whose brand LUT drifts from the one in use. Each decision is kept in .git/lut-hook.log.
set -eu

lut=luts/brand.cube
limit=2.0
log=.git/lut-hook.log
now=${SAFELIGHT_DEMO_TIME:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}

if git diff --cached --quiet -- "$lut"; then
  exit 0
fi

previous=$(mktemp)
finish() {
  status=$?
  rm -f "$previous"
  echo "$now hook: exit status $status" | tee -a "$log"
}
trap finish EXIT
git show "HEAD:$lut" >"$previous"

validate() {
  status=0
  "${SAFELIGHT:-safelight}" lut check "$lut" --against "$previous" --max-delta-e "$limit" 2>&1 || status=$?
  echo "exit status $status"
  return "$status"
}

validate | sed "s|^|$now validator: |" | tee -a "$log"
`
