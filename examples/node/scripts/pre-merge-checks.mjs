// node scripts/pre-merge-checks.mjs [BASE]: everything that safelight.yaml asks of a change, against HEAD or another revision.
import { check, safelight } from "./safelight.mjs";

const report = safelight("pre-merge", "--base", process.argv[2] ?? "HEAD");
const faults = [];
for (const result of report.results.filter((r) => r.level === "fail")) {
  try {
    check(result.path, result);
    faults.push(...result.findings.filter((f) => f.level === "fail").map((f) => `${result.path}: ${f.text}`));
  } catch (error) {
    faults.push(error.message);
  }
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
