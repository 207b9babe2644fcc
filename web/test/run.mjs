// Bundles the unit tests, which are TypeScript, and runs them.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = mkdtempSync(join(tmpdir(), "retold-web-"));
try {
  const tests = readdirSync(here).filter((name) => name.endsWith(".test.ts"));
  buildSync({
    entryPoints: tests.map((name) => join(here, name)),
    bundle: true,
    platform: "node",
    format: "esm",
    outdir: out,
    outExtension: { ".js": ".mjs" },
    loader: { ".json": "json" },
    // What a browser has, as far as modules touch it when they are loaded.
    banner: { js: 'globalThis.location ??= { pathname: "/", search: "", hash: "" }; globalThis.addEventListener ??= () => {};' },
  });
  const files = readdirSync(out).map((name) => join(out, name));
  process.exitCode = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
