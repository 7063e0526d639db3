import { ExplainError } from "../common/errors";

/** What went wrong with a place of results, in one sentence; `name` is what the sentence calls the place. */
export function unwritable(name: string, thrown: unknown): ExplainError {
  const code = codeOf(thrown);
  const sentence = sentences.get(code);
  return sentence === undefined
    ? new ExplainError("output-unwritable", "{0} cannot be written ({1}). Choose another place.", name, code)
    : new ExplainError("output-unwritable", sentence, name);
}

/** What went wrong where a file was to be made beside the place of results, which is there for all that; `name` as for {@link unwritable}. */
export function unwritableFolder(name: string, thrown: unknown): ExplainError {
  return ["EACCES", "EPERM", "EROFS"].includes(codeOf(thrown))
    ? new ExplainError(
        "output-unwritable",
        "{0} cannot be written: its folder takes no new files. Choose another place.",
        name,
      )
    : unwritable(name, thrown);
}

const full = "{0} cannot be written: the disk is full. Free some space and try again.";
const refused = "{0} cannot be written: access was denied. Choose another place.";
const noFolder = "{0} cannot be written: its folder does not exist. Make it first, or choose another place.";

const sentences: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", full],
  ["EDQUOT", full],
  ["EACCES", refused],
  ["EPERM", refused],
  ["EROFS", refused],
  ["ENOENT", noFolder],
  ["ENOTDIR", noFolder],
  ["EISDIR", "{0} cannot be written: it is a folder. Give it another name."],
  ["EFBIG", "{0} cannot be written: it would be larger than files may be here. Split the input."],
]);

/** What a full disk's or a closed folder's error is called by the system. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown);
}
