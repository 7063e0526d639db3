import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep, win32 } from "node:path";
import { ExplainError } from "../common/errors";
import { isMissing } from "./plainFile";

/** More links than this one after the other go round in a circle. */
const mostLinks = 40;

/** What a file of a model's folder is wanted for; the sentences differ. */
export type FileKind = "model" | "weights" | "description";

/**
 * The path, without symbolic links, of a file that must lie in a model's folder. Links are followed one by one, and nothing outside the folder is looked
 * at on the way. Throws `model-file-unsafe` when it lies elsewhere, `model-missing` when there is none, and `model-file-corrupt` where it cannot be told.
 * A folder `…/snapshots/REVISION` may also link to its sibling `…/blobs`, as the model hub's cache does.
 */
export function pathInFolder(directory: string, file: string, kind: FileKind): string {
  const root = realpathSync(directory);
  const wanted = resolve(root, file);
  // A name that begins with a drive or a host is refused on every system, before anything looks for it.
  const elsewhere = isAbsolute(file) || win32.isAbsolute(file) || /^[a-z]:/i.test(file);
  if (elsewhere || file.includes("\0") || !isInside(root, wanted)) {
    throw unsafe(file, kind);
  }
  let path: string | undefined;
  try {
    path = followed(root, relative(root, wanted));
  } catch (error) {
    throw isMissing(error) ? missing(file, kind) : damaged(file);
  }
  if (path === undefined) {
    throw unsafe(file, kind);
  }
  return path;
}

/** `undefined` where a link leads out of the places that are allowed; throws what the file system throws. */
function followed(root: string, way: string): string | undefined {
  const places = [root, ...blobsOf(root)];
  let place = root;
  let rest = way.split(sep);
  let links = 0;
  while (rest.length > 0) {
    const [name = "", ...after] = rest;
    const next = join(place, name);
    if (!lstatSync(next).isSymbolicLink()) {
      [place, rest] = [next, after];
      continue;
    }
    const target = resolve(place, readlinkSync(next));
    const home = places.find((allowed) => isInside(allowed, target));
    if (home === undefined) {
      return undefined;
    }
    links++;
    if (links > mostLinks) {
      throw new Error("Links go round in a circle.");
    }
    [place, rest] = [home, [...relative(home, target).split(sep), ...after]];
  }
  return place;
}

function blobsOf(root: string): string[] {
  const blobs = join(dirname(dirname(root)), "blobs");
  const isCache = basename(dirname(root)) === "snapshots";
  return isCache && lstatSync(blobs, { throwIfNoEntry: false })?.isDirectory() ? [blobs] : [];
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

const longestName = 200;

function unsafe(file: string, kind: FileKind): ExplainError {
  const sentences = {
    model: "The file {0} lies outside the model's folder. Choose a file in the folder.",
    description: "{0} is a link that leads out of the model's folder. Put the file itself into the folder.",
    weights:
      "The model asks for weights in {0}, outside its own folder. Do not use it unless you trust where it came from.",
  };
  return new ExplainError("model-file-unsafe", sentences[kind], file.slice(0, longestName));
}

function missing(file: string, kind: FileKind): ExplainError {
  const sentences = {
    model: "There is no file {0} in the model's folder. Choose one of the folder's .onnx files.",
    description: "There is no file {0} in the model's folder. Add it to the folder.",
    weights: "The model keeps weights in {0}, which is not in its folder. Put that file beside the model.",
  };
  return new ExplainError("model-missing", sentences[kind], file.slice(0, longestName));
}

function damaged(file: string): ExplainError {
  return new ExplainError(
    "model-file-corrupt",
    "{0} cannot be read: its links go round in a circle, or it is not allowed. Check the model's folder.",
    file.slice(0, longestName),
  );
}
