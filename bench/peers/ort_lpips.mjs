// LPIPS by ONNX Runtime on one thread, as a peer of the comparison.
//
// ort_lpips.mjs NODE_MODULES MODEL.onnx WIDTH HEIGHT A.rgb B.rgb ...
//
// Pictures are raw, three bytes a pixel. See bench/compare for what it answers.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [modules, model, width, height, ...files] = process.argv.slice(2);
const ort = createRequire(modules + "/")("onnxruntime-node");
const session = await ort.InferenceSession.create(model, {
  intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential", graphOptimizationLevel: "all",
});
const shape = [Number(height), Number(width), 3];
const pictures = files.map((f) => new ort.Tensor("uint8", new Uint8Array(readFileSync(f)), shape));
const units = (files.length / 2) * width * height / 1e6;

let first = true;
for await (const _ of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage().user;
  const values = [];
  for (let i = 0; i < pictures.length; i += 2) {
    const out = await session.run({ a: pictures[i], b: pictures[i + 1] });
    values.push(out.d.data[0]);
  }
  console.log(units.toFixed(6), ((process.cpuUsage().user - before) / 1e6).toFixed(6));
  if (first) for (const v of values) console.error("onnxruntime", v.toFixed(7));
  first = false;
}
