import { ExplainError } from "../common/errors";

/** What the system calls an error; empty for what is none of the system's. */
export function systemCode(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" ? code : "";
}

/** The sentence for a cache that cannot be written; other errors as they are. */
export function cacheError(thrown: unknown, cache: string): ExplainError {
  const code = systemCode(thrown);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ExplainError(
      "disk-full",
      "The disk of {0} is full. Free some space and download again: what came is kept.",
      cache,
    );
  }
  if (["EACCES", "EPERM", "EROFS", "ENOTDIR", "ENOENT", "EEXIST"].includes(code)) {
    return new ExplainError(
      "output-unwritable",
      "The folder {0} cannot be written ({1}). Set HF_HUB_CACHE to another.",
      cache,
      code,
    );
  }
  return ExplainError.from(thrown);
}
