// Lets the official C2PA tool (npm @contentauth/c2pa-wasm) read and sign images for a test: one JSON request a line on
// standard input, one answer a line on standard output. To sign, it asks back with the claim and takes the signature.
//
//	node official.mjs FOLDER      FOLDER holds node_modules/@contentauth/c2pa-wasm
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";

const pkg = path.join(path.resolve(process.argv[2]), "node_modules/@contentauth/c2pa-wasm/pkg");
const { initSync, WasmReader, WasmBuilder } = await import(pathToFileURL(path.join(pkg, "c2pa.js")).href);

// The package expects to run in a browser's worker, where a Blob can be read at once.
class Bytes extends Blob {
	constructor(bytes, type) {
		super([bytes], { type });
		this.bytes = bytes;
	}
	slice(from, to) {
		return new Bytes(this.bytes.subarray(from, to), this.type);
	}
	async arrayBuffer() {
		return this.bytes.slice().buffer;
	}
}
globalThis.FileReaderSync = class {
	readAsArrayBuffer(blob) {
		return blob.bytes.slice().buffer;
	}
};
console.error = console.log = console.warn = () => {};
initSync({ module: fs.readFileSync(path.join(pkg, "c2pa_bg.wasm")) });

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const answer = (value) => process.stdout.write(JSON.stringify(value) + "\n");
const request = async () => {
	const { value, done } = await lines.next();
	return done ? null : JSON.parse(value);
};
const load = (file, type) => new Bytes(new Uint8Array(fs.readFileSync(file)), type);

async function read({ path, mime, settings }) {
	const bytes = new Uint8Array(fs.readFileSync(path));
	const start = process.hrtime.bigint();
	const reader = await WasmReader.fromBytes(mime, bytes, settings ?? null);
	const store = JSON.parse(reader.json());
	const ns = Number(process.hrtime.bigint() - start);
	reader.free();
	return { state: store.validation_state, results: store.validation_results, ns };
}

async function sign({ path, mime, manifest, settings, ingredients, intent, redact, alg, reserve, out }) {
	const builder = WasmBuilder.fromJson(manifest, settings ?? null);
	if (intent) builder.setIntent(intent);
	for (const i of ingredients ?? []) {
		await builder.addIngredientFromBlob(i.json, i.mime, load(i.path, i.mime));
	}
	if (redact) builder.addRedaction(redact, "c2pa.PII.present");
	const signer = {
		alg,
		reserveSize: reserve ?? 16384,
		sign: async (claim) => {
			answer({ claim: Buffer.from(claim).toString("base64") });
			const { cose } = await request();
			return new Uint8Array(Buffer.from(cose, "base64"));
		},
	};
	fs.writeFileSync(out, await builder.sign(signer, [], mime, load(path, mime)));
	builder.free();
	return { signed: true };
}

for (let r; (r = await request()); ) {
	try {
		answer(await (r.op === "sign" ? sign(r) : read(r)));
	} catch (e) {
		answer({ error: String(e?.message ?? e) });
	}
}
