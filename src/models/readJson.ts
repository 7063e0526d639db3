import { closeSync } from "node:fs";
import { type ErrorReason, ExplainError } from "../common/errors";
import { pathInFolder } from "./pathInFolder";
import { isMissing, NotPlain, openPlain, readPlain } from "./plainFile";

/** A JSON object of unknown content; every field is checked before it is used. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The largest tokenizers known have a third of this; each value takes up to 60 bytes of memory. */
const mostValues = 4_000_000;

/** Whether a value is a JSON object (no array, no `null`). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a JSON object from the plain file `name` of a model's folder, of at most `maximumBytes`; `undefined` if there is no such file.
 * Throws what {@link readJson} throws, and an {@link ExplainError} with `reason` for what is no JSON object.
 */
export function readJsonObject(
  directory: string,
  name: string,
  maximumBytes: number,
  reason: ErrorReason,
): JsonObject | undefined {
  const value = readJson(directory, name, maximumBytes, reason);
  if (value !== undefined && !isJsonObject(value)) {
    throw new ExplainError(reason, "{0} does not hold a JSON object. Download the model again.", name);
  }
  return value;
}

/**
 * Reads JSON of any kind from the plain file `name` of a model's folder, of at most `maximumBytes`; `undefined` if there is no such file.
 * Throws an {@link ExplainError} with `reason` when it is too large, unreadable, or no JSON, and what {@link pathInFolder} throws.
 */
export function readJson(directory: string, name: string, maximumBytes: number, reason: ErrorReason): unknown {
  const bytes = readLimited(directory, name, maximumBytes, reason);
  if (bytes === undefined) {
    return undefined;
  }
  return parseJson(bytes, name, reason);
}

/** JSON of any kind in the bytes of `name`; throws an {@link ExplainError} with `reason` where it is none or holds more values than can be kept. */
export function parseJson(bytes: Uint8Array, name: string, reason: ErrorReason): unknown {
  if (valuesIn(bytes) > mostValues) {
    throw new ExplainError(reason, "{0} holds more than any known model needs. Download the model again.", name);
  }
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    throw new ExplainError(reason, "{0} is not valid JSON. Download the model again.", name);
  }
}

/** Reads a plain text file `name` of a model's folder as {@link readJsonObject} does; `undefined` if there is no such file. */
export function readTextFile(
  directory: string,
  name: string,
  maximumBytes: number,
  reason: ErrorReason,
): string | undefined {
  return readLimited(directory, name, maximumBytes, reason)?.toString("utf8");
}

/** Reads the plain file `name` of a model's folder as it is, as {@link readJsonObject} does; `undefined` if there is no such file. */
export function readBytes(
  directory: string,
  name: string,
  maximumBytes: number,
  reason: ErrorReason,
): Uint8Array | undefined {
  return readLimited(directory, name, maximumBytes, reason);
}

/** About how many values a JSON text has, found without taking memory for them; commas in strings count too. */
function valuesIn(bytes: Uint8Array): number {
  const [comma, list, object] = [0x2c, 0x5b, 0x7b];
  let count = 1;
  for (const byte of bytes) {
    if (byte === comma || byte === list || byte === object) {
      count++;
    }
  }
  return count;
}

function readLimited(directory: string, name: string, maximumBytes: number, reason: ErrorReason): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    const file = openPlain(pathInFolder(directory, name, "description"));
    descriptor = file.descriptor;
    if (file.stats.size > maximumBytes) {
      throw new ExplainError(
        reason,
        "{0} is larger than {1} MB, which no model of this kind needs. Download the model again.",
        name,
        Math.round(maximumBytes / 2 ** 20),
      );
    }
    const bytes = readPlain(file);
    if (!bytes) {
      throw new ExplainError(reason, "{0} changed while it was read. Try again.", name);
    }
    return bytes;
  } catch (error) {
    if (isMissing(error) || (error instanceof ExplainError && error.reason === "model-missing")) {
      return undefined;
    }
    if (error instanceof ExplainError) {
      throw error;
    }
    if (error instanceof NotPlain) {
      throw new ExplainError(reason, "{0} is not a file. Download the model again.", name);
    }
    throw new ExplainError(reason, "{0} cannot be read. Check the permissions of the model's folder.", name);
  } finally {
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
  }
}
