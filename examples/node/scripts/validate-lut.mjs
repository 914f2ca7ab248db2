// node scripts/validate-lut.mjs NEW.cube OLD.cube [MAX]: how far a colour table goes from the one in use, in ΔE00.
import { check, safelight } from "./safelight.mjs";

const [updated, old, most = "2"] = process.argv.slice(2);
if (!old) {
  console.error("usage: node scripts/validate-lut.mjs NEW.cube OLD.cube [MAX]");
  process.exit(2);
}
try {
  check(updated, safelight("lut", "check", updated, "--against", old, "--max-delta-e", most));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
