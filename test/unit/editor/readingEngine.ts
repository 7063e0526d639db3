import type { ReadRequest, ReadText } from "../../../src/common/reading";
import { readDocument } from "../../../src/documents/readDocument";
import type { Engine } from "../../../src/editor/engine";

/** An engine that reads documents as the real one does, and whose explanations are made up; `reading` hears of every document before it is read. */
export function readingEngine(
  explain: Engine["explain"],
  reading: (request: ReadRequest) => void = () => undefined,
): Engine {
  const request = async (method: string, params: unknown): Promise<unknown> => {
    if (method !== "readDocument") {
      throw new Error("Nothing else is asked.");
    }
    reading(params as ReadRequest);
    return readDocument(params as ReadRequest);
  };
  const measure = () => Promise.reject(new Error("Nothing is measured."));
  return { explain, measure, request: request as Engine["request"] };
}

/** A stretch of a document that was read as it stands. */
export function asItStands(text: string): ReadText {
  return { raw: text, text, runs: [text.length, 0, text.length], words: null, notes: [] };
}
