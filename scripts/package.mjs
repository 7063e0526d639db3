/**
 * `npm run package [-- TARGET …]`: one VSIX per target in out/package, each with only that target's native files.
 *
 * vsce leaves `node_modules` out when told not to look for dependencies, and takes far too much when told to: so exactly the files
 * that belong are laid into a folder of their own, and that folder is packaged.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { ensureDependencies } from "./lib/install.mjs";
import { packageFolder, root, targets } from "./lib/paths.mjs";
import { main, StepError } from "./lib/run.mjs";
import { bundledPackages, notices, noticesFile, packageOf } from "./notices.mjs";

/** Folders and files taken as they are; `optional` ones may be missing. */
const taken = [
  { place: ".vscodeignore" },
  { place: "dist", except: (file) => file.endsWith(".map") },
  { place: "media", optional: true },
  { place: "l10n", optional: true },
  { place: "models/sentiment", except: (file) => /\/train(\/|$)|__pycache__/.test(file) },
  { place: "README.md" },
  { place: "CHANGELOG.md" },
  { place: "LICENSE" },
  { place: "package.nls.json", optional: true },
];

/** What onnxruntime-node needs at run time on one target. */
function runtimeFiles(target) {
  const native = `node_modules/onnxruntime-node/bin/napi-v6/${target.replace("-", "/")}`;
  const onlyForGpu = /DirectML\.dll$|dxcompiler\.dll$|dxil\.dll$/;
  const notLoaded = /libonnxruntime\.1\.\d+\.\d+\.dylib$/;
  return [
    { place: "node_modules/onnxruntime-node/package.json" },
    { place: "node_modules/onnxruntime-node/dist", except: (file) => /\.(d\.ts|map)$/.test(file) },
    { place: native, except: (file) => onlyForGpu.test(file) || notLoaded.test(file) },
    { place: "node_modules/onnxruntime-common/package.json" },
    { place: "node_modules/onnxruntime-common/dist/cjs", except: (file) => /\.(d\.ts|map)$/.test(file) },
  ];
}

/** What people see of the extension, without what only this repository needs. */
function packagedManifest() {
  const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  for (const field of ["scripts", "devDependencies", "dependencies", "allowScripts", "private"]) {
    delete manifest[field];
  }
  return manifest;
}

/** The files of a folder and below it, or the file itself, as paths from the repository. */
function filesBelow(place) {
  const status = statSync(path.join(root, place), { throwIfNoEntry: false });
  if (!status?.isDirectory()) {
    return status ? [place] : [];
  }
  return readdirSync(path.join(root, place)).flatMap((name) => filesBelow(`${place}/${name}`));
}

/** What goes into the package of one target: files of the repository and where in the package they go. The manifest is not among them. */
export function packagedFiles(target) {
  return [...taken, ...runtimeFiles(target)].flatMap(({ place, optional, except }) => {
    const files = filesBelow(place).filter((file) => !except?.(file));
    if (files.length === 0 && !optional) {
      throw new StepError(`${place} is missing, so no package can be made; run \`npm ci\` and look at \`git status\`.`);
    }
    // vsce passes over a node_modules at the top; below dist, node finds it for the bundles just as well.
    return files.map((source) => ({ source, goal: place.startsWith("node_modules/") ? `dist/${source}` : source }));
  });
}

/** The notices of a target's package, from what the bundles are made of and the files laid beside them. */
export function packagedNotices(target, metafiles) {
  const beside = packagedFiles(target).flatMap(({ source }) => packageOf(source) ?? []);
  return notices([...metafiles.flatMap(bundledPackages), ...beside]);
}

/** Lays what belongs into the package of one target into a folder. */
function stage(target, folder, metafiles) {
  rmSync(folder, { recursive: true, force: true });
  for (const { source, goal } of packagedFiles(target)) {
    mkdirSync(path.dirname(path.join(folder, goal)), { recursive: true });
    copyFileSync(path.join(root, source), path.join(folder, goal));
  }
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(packagedManifest(), null, 2)}\n`);
  writeFileSync(path.join(folder, noticesFile), packagedNotices(target, metafiles));
}

/** Packages the given targets and returns their files, after a build for production. */
export async function packageTargets(wanted, { log = console.error } = {}) {
  for (const target of wanted) {
    if (!targets.includes(target)) {
      throw new StepError(`There is no package for ${target}; the targets are ${targets.join(", ")}.`);
    }
  }
  const metafiles = await build({ production: true });
  const { createVSIX } = await import("@vscode/vsce");
  const files = [];
  for (const target of wanted) {
    const folder = path.join(packageFolder, target);
    const file = path.join(packageFolder, `explain-with-transformer-${target}.vsix`);
    stage(target, folder, metafiles);
    rmSync(file, { force: true });
    await createVSIX({
      cwd: folder,
      packagePath: file,
      target,
      dependencies: false,
      allowMissingRepository: true,
      rewriteRelativeLinks: false,
    });
    rmSync(folder, { recursive: true, force: true });
    log(`${path.relative(root, file)}  ${(statSync(file).size / 2 ** 20).toFixed(1)} MB`);
    files.push(file);
  }
  return files;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await ensureDependencies();
    const wanted = process.argv.slice(2);
    await packageTargets(wanted.length > 0 ? wanted : targets);
  });
}
