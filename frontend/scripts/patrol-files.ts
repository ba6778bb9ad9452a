/** Tells the patrol page's service worker the names of the page's files, which are known after the build only. */
import type { Plugin, Rolldown } from "vite";

const PAGE = "patrol";
const WORKER = "patrol-worker";
const WORKERS = [WORKER, "desk-worker"];
const PLACE = "__PATROL_FILES__";

type Bundle = Readonly<Record<string, Rolldown.OutputChunk | Rolldown.OutputAsset>>;

function chunkOf(bundle: Bundle, name: string): Rolldown.OutputChunk {
  const found = Object.values(bundle).find((one) => one.type === "chunk" && one.isEntry && one.name === name);
  if (found?.type !== "chunk") throw new Error(`the build has no entry ${name}`);
  return found;
}

/** An entry with everything that it loads, now or later. */
function filesOf(bundle: Bundle, first: Rolldown.OutputChunk): readonly string[] {
  const files = new Set<string>();
  const open = [first.fileName];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const chunk = bundle[name];
    if (files.has(name) || chunk?.type !== "chunk") continue;
    files.add(name);
    for (const asset of [...(chunk.viteMetadata?.importedCss ?? []), ...(chunk.viteMetadata?.importedAssets ?? [])]) {
      files.add(asset);
    }
    open.push(...chunk.imports, ...chunk.dynamicImports);
  }
  return [...files].sort();
}

export function patrolFiles(): Plugin {
  let base = "/";
  return {
    name: "patrol-files",
    apply: "build",
    enforce: "post",
    configResolved(config) {
      base = config.base;
    },
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const worker = chunkOf(bundle, WORKER);
        // Browsers start them as classic scripts, each on its own.
        for (const { name, imports } of WORKERS.map((one) => chunkOf(bundle, one))) {
          if (imports.length > 0) throw new Error(`${name} imports ${imports.join()}`);
        }
        if (!worker.code.includes(PLACE)) throw new Error(`the worker has no ${PLACE}`);
        const files = filesOf(bundle, chunkOf(bundle, PAGE)).map((file) => base + file);
        worker.code = worker.code.replace(PLACE, JSON.stringify(files));
      },
    },
  };
}
