import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { type ErrorReason, ExplainError } from "../common/errors";

/** A JSON object of unknown content; every field is checked before it is used. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object (no array, no `null`). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a JSON object from a file of at most `maximumBytes`; `undefined` if there is no such file.
 * Throws an {@link ExplainError} with `reason` when it is too large, unreadable, or no JSON object.
 */
export async function readJsonObject(
  path: string,
  maximumBytes: number,
  reason: ErrorReason,
): Promise<JsonObject | undefined> {
  const name = basename(path);
  const text = await readLimited(path, maximumBytes, reason);
  if (text === undefined) {
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    throw new ExplainError(reason, "{0} is not valid JSON. Download the model again.", name);
  }
  if (!isJsonObject(value)) {
    throw new ExplainError(reason, "{0} does not hold a JSON object. Download the model again.", name);
  }
  return value;
}

async function readLimited(path: string, maximumBytes: number, reason: ErrorReason): Promise<string | undefined> {
  const name = basename(path);
  try {
    const stats = await stat(path);
    if (!stats.isFile()) {
      throw new ExplainError(reason, "{0} is not a file. Download the model again.", name);
    }
    if (stats.size > maximumBytes) {
      throw new ExplainError(
        reason,
        "{0} is larger than {1} MB, which no model of this kind needs. Download the model again.",
        name,
        Math.round(maximumBytes / 2 ** 20),
      );
    }
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) {
      return undefined;
    }
    if (error instanceof ExplainError) {
      throw error;
    }
    throw new ExplainError(reason, "{0} cannot be read. Check the permissions of the model's folder.", name);
  }
}

/** Whether a file system call failed because there is nothing at the path. */
export function isMissing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}
