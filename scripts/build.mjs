/**
 * Bundles with esbuild. What it makes, and from what:
 *
 *   dist/extension.cjs   src/extension.ts     the extension host's part; only `vscode` stays outside
 *   dist/engine.cjs      src/engine/main.ts   the engine process (forked by the host); `onnxruntime-node` stays outside
 *   dist/engineWatcher.cjs  src/engine/watcher.ts  the engine process's watcher thread
 *   dist/explain.mjs     src/cli/main.ts      the command line, to be run with plain node; `onnxruntime-node` stays outside
 *   dist/jsonrpc.cjs     vscode-jsonrpc/node  how the processes speak to each other; the bundles load it when they need it
 *   dist/late/*.cjs      what host and command line load when somebody first uses it: ways to write explanations down, the panel's words, the analysis of files, opening what was exported, the choice of a model and of further methods,
 *                        what is asked about one word, two texts explained together, the sample, the words of a hover, writing into a document, downloading from the model hub, saving checkpoints as ONNX
 *   dist/webview.js      webview/main.ts      the panel; style sheets it imports become dist/webview.css, fonts dist/<name>.ttf
 *
 * node scripts/build.mjs [--production] [--watch]
 *   --production  minified, without source maps (what is packaged)
 *   --watch       builds again on every change, with source maps
 */
import { chmodSync, rmSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./lib/paths.mjs";

const nodeTarget = "node20";
const jsonrpc = "vscode-jsonrpc/node";

/** Leaves the library that the processes speak through in its own bundle. */
const sharedJsonrpc = {
  name: "shared-jsonrpc",
  setup(plugin) {
    plugin.onResolve({ filter: new RegExp(`^${jsonrpc}$`) }, ({ kind }) =>
      kind === "entry-point" ? undefined : { path: "./jsonrpc.cjs", external: true },
    );
  },
};

/** What the host and the command line import when it is first needed, each in a bundle of its own. None may hold what others must share. */
const lateSources = [
  "exports/registry",
  "common/panelStrings",
  "common/attentionStudy",
  "engineClient/pullStudy",
  "editor/analyseFile",
  "editor/compareMethods",
  "editor/openExplanation",
  "editor/modelPicker",
  "editor/modelTree",
  "editor/modelActions",
  "editor/modelPages",
  "editor/exportExplanation",
  "editor/downloadFromHub",
  "editor/explainTogether",
  "editor/explainWord",
  "editor/explainAs",
  "editor/sample",
  "editor/hoverWords",
  "editor/insertWritten",
  "cli/downloadFromHub",
  "cli/saveModel",
];

const lateOutput = (source) => `${path.basename(path.dirname(source))}-${path.basename(source)}.cjs`;

/** Leaves what is only imported when it is needed in its own bundle, which is in a folder beside the importing one. */
const late = (folder) => ({
  name: "late",
  setup(plugin) {
    plugin.onResolve({ filter: /^\./ }, ({ kind, path: imported, resolveDir }) => {
      const source = path.relative(path.join(root, "src"), path.resolve(resolveDir, imported)).replaceAll("\\", "/");
      return kind === "dynamic-import" && lateSources.includes(source)
        ? { path: `${folder}/${lateOutput(source)}`, external: true }
        : undefined;
    });
  },
});

/** Leaves out what the model hub's library cuts uploads into pieces with: nothing is ever uploaded. */
const withoutUploads = {
  name: "without-uploads",
  setup(plugin) {
    plugin.onResolve({ filter: /^@huggingface\/xetchunk-wasm$/ }, () => ({ path: "uploads", namespace: "left-out" }));
    plugin.onLoad({ filter: /./, namespace: "left-out" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** Name, source and esbuild options of every bundle. */
export const bundles = [
  {
    output: "dist/extension.cjs",
    source: "src/extension.ts",
    options: {
      platform: "node",
      target: nodeTarget,
      external: ["vscode"],
      format: "cjs",
      plugins: [sharedJsonrpc, late("./late")],
    },
  },
  {
    output: "dist/engine.cjs",
    source: "src/engine/main.ts",
    options: {
      platform: "node",
      target: nodeTarget,
      external: ["onnxruntime-node"],
      format: "cjs",
      // The other form of jsonc-parser asks for its files in a way that cannot be bundled.
      mainFields: ["module", "main"],
      plugins: [sharedJsonrpc],
    },
  },
  {
    output: "dist/jsonrpc.cjs",
    source: jsonrpc,
    options: { platform: "node", target: nodeTarget, format: "cjs" },
  },
  ...lateSources.map((source) => ({
    output: `dist/late/${lateOutput(source)}`,
    source: `src/${source}.ts`,
    options: {
      platform: "node",
      target: nodeTarget,
      external: ["vscode"],
      format: "cjs",
      plugins: [late("."), withoutUploads],
    },
  })),
  {
    output: "dist/engineWatcher.cjs",
    source: "src/engine/watcher.ts",
    options: { platform: "node", target: nodeTarget, format: "cjs" },
  },
  {
    output: "dist/explain.mjs",
    source: "src/cli/main.ts",
    options: {
      platform: "node",
      target: nodeTarget,
      format: "esm",
      external: ["onnxruntime-node"],
      plugins: [late("./late")],
      banner: {
        js: '#!/usr/bin/env node\nimport { createRequire as makeRequire } from "node:module";\nconst require = makeRequire(import.meta.url);',
      },
    },
  },
  {
    output: "dist/webview.js",
    source: "webview/main.ts",
    options: {
      platform: "browser",
      target: "chrome128",
      format: "iife",
      loader: { ".ttf": "file", ".svg": "dataurl" },
      assetNames: "[name]",
    },
  },
];

/** What esbuild is told for a bundle. */
export function esbuildOptions(bundle, production) {
  return {
    absWorkingDir: root,
    entryPoints: [bundle.source],
    outfile: bundle.output,
    bundle: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    minify: production,
    sourcemap: production ? false : "linked",
    define: { "process.env.NODE_ENV": production ? '"production"' : '"development"' },
    ...bundle.options,
  };
}

/** Builds everything once and gives esbuild's list of what is in each bundle; throws with its messages when a bundle fails. */
export async function build({ production = false } = {}) {
  const esbuild = await import("esbuild");
  const metafiles = await Promise.all(
    bundles.map(async (bundle) => {
      const { metafile } = await esbuild.build({ ...esbuildOptions(bundle, production), metafile: true });
      if (production) {
        for (const map of [
          `${bundle.output}.map`,
          `${bundle.output.slice(0, -path.extname(bundle.output).length)}.css.map`,
        ]) {
          rmSync(path.join(root, map), { force: true });
        }
      }
      return metafile;
    }),
  );
  chmodSync(path.join(root, "dist/explain.mjs"), 0o755);
  return metafiles;
}

/** Builds on every change until the process is ended; the two printed lines tell an editor when a round starts and ends. */
async function watch() {
  const esbuild = await import("esbuild");
  let running = 0;
  const announce = {
    name: "announce",
    setup(plugin) {
      plugin.onStart(() => {
        if (running++ === 0) {
          console.log("[watch] build started");
        }
      });
      plugin.onEnd((result) => {
        for (const error of result.errors) {
          const place = error.location;
          console.log(`${place?.file ?? ""}:${place?.line ?? 1}:${(place?.column ?? 0) + 1}: error: ${error.text}`);
        }
        if (--running === 0) {
          console.log("[watch] build finished");
        }
      });
    },
  };
  for (const bundle of bundles) {
    const options = esbuildOptions(bundle, false);
    const context = await esbuild.context({
      ...options,
      logLevel: "silent",
      plugins: [...(options.plugins ?? []), announce],
    });
    await context.watch();
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes("--watch")) {
    await watch();
  } else {
    await build({ production: process.argv.includes("--production") }).catch(() => {
      process.exitCode = 1;
    });
  }
}
