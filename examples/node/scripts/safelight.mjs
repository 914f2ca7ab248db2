// Runs safelight and gives what it prints as JSON. It ends with 1 where a check failed, which is an answer; anything else is an error.
import { spawnSync } from "node:child_process";

export function safelight(...args) {
  const { status, stdout, stderr, error } = spawnSync(process.env.SAFELIGHT ?? "safelight", [...args, "--json"], {
    encoding: "utf8",
    maxBuffer: 256 << 20,
  });
  if (error) throw new Error(`safelight cannot be run: ${error.message}; put it on PATH, or name it in SAFELIGHT`);
  if (status > 1 || stdout === "") throw new Error(stderr.trim());
  return JSON.parse(stdout);
}

// Each figure of a result against its limit, under the same name.
export function check(path, { metrics = {}, thresholds = {} }) {
  if (metrics.deltaE00 > thresholds.deltaE00) {
    throw new Error(`${path}: DeltaE00 ${metrics.deltaE00.toFixed(2)} exceeds ${thresholds.deltaE00.toFixed(2)}`);
  }
  if (metrics.ssim < thresholds.ssim) {
    throw new Error(`${path}: SSIM ${metrics.ssim.toFixed(4)} is below ${thresholds.ssim.toFixed(4)}`);
  }
}
