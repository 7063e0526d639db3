/**
 * The licence notices of what a package carries, made from the bundles' own lists of sources and from the files laid beside them, so that nothing
 * can be carried without its notice.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./lib/paths.mjs";
import { StepError } from "./lib/run.mjs";

/** The file's name in a package. */
export const noticesFile = "THIRD-PARTY-NOTICES.txt";

/** Texts that no npm package brings along. The runtime's are those of one version, so that a new version asks for its own. */
const kept = "scripts/notices";

function keptText(name, version) {
  const texts = {
    "onnxruntime-node": [`onnxruntime-${version}.txt`, `onnxruntime-${version}-parts.txt`],
    "onnxruntime-common": [`onnxruntime-${version}.txt`],
  }[name]?.map((file) => `${kept}/${file}`);
  return texts?.every((file) => existsSync(path.join(root, file))) ? texts.map(read).join("\n\n") : undefined;
}

/** Licences whose terms a package with an MIT licence can meet by carrying their text. */
const accepted = ["MIT", "BSD-3-Clause", "BSD-2-Clause", "ISC", "Apache-2.0", "0BSD"];

const rule = "=".repeat(80);

/** The npm package that a path lies in, or undefined. */
export function packageOf(file) {
  return [...file.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].pop()?.[1];
}

/** The npm packages that have bytes in a bundle, from esbuild's metafile. */
export function bundledPackages(metafile) {
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .flatMap(([file]) => packageOf(file) ?? []),
  );
}

function read(place) {
  return readFileSync(path.join(root, place), "utf8").replace(/\r\n?/g, "\n").trim();
}

/** The text of the first file in a package's folder with such a name, or undefined. */
function ownText(folder, name) {
  const file = readdirSync(path.join(root, folder)).find((entry) => name.test(entry));
  return file && read(`${folder}/${file}`);
}

function noticeOf(name) {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(read(`${folder}/package.json`));
  if (!accepted.includes(license)) {
    throw new StepError(`${name} has the licence ${license}, which may not be carried in a package.`);
  }
  const texts = [ownText(folder, /^licen[cs]e(\.(txt|md))?$/i), ownText(folder, /^third-?party-?notices(\.txt)?$/i)];
  const text = texts.filter(Boolean).join("\n\n") || keptText(name, version);
  if (!text) {
    throw new StepError(`${name} ${version} comes without the text of its licence; put it into ${kept}.`);
  }
  return section(`${name} ${version} (${license})`, text);
}

function section(title, text) {
  return `${rule}\n${title}\n${rule}\n\n${text}\n`;
}

/** The notices for a package that carries these npm packages; throws a {@link StepError} where a text is missing or a licence does not fit. */
export function notices(names) {
  const model = "models/sentiment/LICENSE";
  if (!existsSync(path.join(root, model))) {
    throw new StepError(`${model} is missing.`);
  }
  return [
    "This product is licensed under the MIT licence (LICENSE.txt). It carries the following parts under their own.\n",
    ...[...new Set(names)].sort().map(noticeOf),
    section("Tables made from the Unicode Character Database (Unicode-3.0)", read(`${kept}/unicode.txt`)),
    section("The model in models/sentiment, made from all-MiniLM-L6-v2 (Apache-2.0)", read(model)),
  ].join("\n");
}
