// Builds dist/ from ui/. With --check it only compares: dist/ is committed, so that nobody needs Node to use the page.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The hash of everything that the bundle is made from, as `src/assets.rs` makes it again without Node. */
export function sourcesHash() {
  const hash = createHash("sha256");
  const names = [
    ...readdirSync(here("ui"))
      .filter((name) => /\.(ts|tsx|css|html|svg)$/.test(name))
      .map((name) => `ui/${name}`),
    "build.mjs",
    "package-lock.json",
  ];
  for (const name of names.sort()) {
    const text = readFileSync(here(name));
    hash.update(`${name}\n${text.length}\n`);
    hash.update(text);
  }
  return hash.digest("hex");
}

/** The modules of the second part. */
const LATER = ["between", "board", "change", "changes", "compare", "done", "entrance", "export", "files", "goto", "metrics", "momentbar", "palette", "search", "since", "sources"];

/** Leaves to another script what a part does not have itself. */
function takesFrom(script, own) {
  return {
    name: "takes from",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, kind }) => {
        if (kind === "entry-point" || own.some((name) => path === `./${name}`)) return undefined;
        return { path: script, external: true };
      });
    },
  };
}

/** The names that a script takes from another one and that are not there. */
function missing(script, from) {
  const named = (text, pattern) => new Set([...text.matchAll(pattern)].flatMap(([, names]) => names.split(",").map((name) => name.trim())));
  const taken = named(script, /import \{([^}]*)\} from "\/app\.js"/g);
  const given = named(from, /^export \{([^}]*)\};/gm);
  const there = [...given].map((name) => name.split(" as ").at(-1));
  return [...taken].map((name) => name.split(" as ")[0]).filter((name) => name !== "" && !there.includes(name));
}

async function built() {
  const first = `from web/ui by web/build.mjs, sources ${sourcesHash()}`;
  // A folder of packages may be a link: the bundle does not name where it leads.
  const shared = { bundle: true, preserveSymlinks: true, write: false, charset: "utf8", legalComments: "inline", logLevel: "error" };
  const [script, more, japanese, style] = await Promise.all([
    build({
      ...shared,
      absWorkingDir: here("."),
      entryPoints: ["ui/main.tsx"],
      format: "esm",
      target: "es2022",
      jsx: "automatic",
      jsxImportSource: "preact",
      minifySyntax: true,
      banner: { js: `// ${first}` },
    }),
    // Read by those alone who want it; what both parts have is taken from the first.
    build({
      ...shared,
      absWorkingDir: here("."),
      entryPoints: ["ui/more.ts"],
      format: "esm",
      target: "es2022",
      jsx: "automatic",
      jsxImportSource: "preact",
      minifySyntax: true,
      plugins: [takesFrom("/app.js", LATER)],
      banner: { js: `// ${first}` },
    }),
    build({ ...shared, absWorkingDir: here("."), entryPoints: ["ui/ja.ts"], format: "esm", target: "es2022", banner: { js: `// ${first}` } }),
    build({ ...shared, absWorkingDir: here("."), entryPoints: ["ui/app.css"], banner: { css: `/* ${first} */` } }),
  ]);
  const lacks = missing(more.outputFiles[0].text, script.outputFiles[0].text);
  if (lacks.length > 0) throw new Error(`ui/shared.ts lacks ${lacks.join(", ")}`);
  return {
    "app.js": script.outputFiles[0].text,
    "more.js": more.outputFiles[0].text,
    "ja.js": japanese.outputFiles[0].text,
    "app.css": style.outputFiles[0].text,
    "index.html": readFileSync(here("ui/index.html"), "utf8"),
    "icons.svg": readFileSync(here("ui/icons.svg"), "utf8"),
  };
}

/** What a browser is sent may be packed; what is committed is for people to read. */
const PACKED_MAX = 60_000;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await built();
  let wrong = 0;
  for (const [name, text] of Object.entries(files)) {
    const place = here(`dist/${name}`);
    if (!process.argv.includes("--check")) {
      writeFileSync(place, text);
      console.log(`${name} ${Buffer.byteLength(text)} bytes`);
      continue;
    }
    const there = readFileSync(place, "utf8");
    if (there === text) continue;
    const [a, b] = [there.split("\n"), text.split("\n")];
    const at = b.findIndex((line, nth) => line !== a[nth]);
    console.error(`dist/${name} is not what ui/ makes, from line ${at + 1} on: \`node build.mjs\` in web/ builds it`);
    console.error(`- ${a[at] ?? ""}\n+ ${b[at] ?? ""}`);
    wrong += 1;
  }
  if (gzipSync(files["app.js"]).length > PACKED_MAX) {
    console.error(`app.js is over ${PACKED_MAX} bytes, packed`);
    wrong += 1;
  }
  process.exitCode = wrong === 0 ? 0 : 1;
}
