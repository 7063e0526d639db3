import type { EngineRequests } from "../common/engineProtocol";
import { ExplainError } from "../common/errors";
import { modelName } from "../common/modelName";
import type { Ending } from "./processGone";

/**
 * The error that a request ends with after engine processes ended on it, `null` while it is worth another process. Twice is enough for a process that died at
 * work, one that failed to start by itself, and one that was stopped; a process that was killed while it started says nothing about the request or the
 * package, so that such ends, mixed with others, may come to three.
 */
export function blame<K extends keyof EngineRequests>(
  endings: readonly Ending[],
  method: K,
  params: EngineRequests[K]["params"],
): ExplainError | null {
  const stopped = endings.filter(({ exitCause }) => exitCause === "stopped");
  const others = endings.filter(({ exitCause }) => exitCause !== "stopped");
  const failedStarts = others.filter(({ started, signalled, lastWords }) => !started && !signalled && lastWords !== "");
  if (stopped.length > 1) {
    return new ExplainError(
      "engine-crashed",
      "The explanation engine gave no sign of life twice and was ended: another program stops it, or the machine is too busy. Try again later.",
    );
  }
  if (others.filter(({ started }) => started).length > 1) {
    return crashedTwice(method, params);
  }
  if (failedStarts.length > 1) {
    return cannotStart(failedStarts.at(-1)?.lastWords ?? "");
  }
  if (endings.length > 2) {
    return new ExplainError(
      "engine-crashed",
      "The explanation engine was ended {0} times, from outside or for lack of memory. Close other programs and try again.",
      endings.length,
    );
  }
  return null;
}

function crashedTwice<K extends keyof EngineRequests>(method: K, params: EngineRequests[K]["params"]): ExplainError {
  const { model, input } = describe(params);
  return new ExplainError(
    "engine-crashed",
    "The engine stopped twice on {0} with the model {1} ({2}). Choose another model or another text.",
    input,
    model,
    method,
  );
}

function cannotStart(lastWords: string): ExplainError {
  const lines = lastWords.split("\n").map((line) => line.trim());
  const reason = lines.find((line) => /error/i.test(line)) ?? lines[0] ?? "";
  return new ExplainError(
    "engine-unavailable",
    "The explanation engine cannot start ({0}). Install the extension's package for this platform again.",
    reason.slice(0, 200),
  );
}

/** The model and the input of a request's parameters, as a person would name them. */
function describe(params: EngineRequests[keyof EngineRequests]["params"]): { model: string; input: string } {
  if ("request" in params) {
    const { text, model } = params.request;
    const start = text.slice(0, 60).replace(/\s+/g, " ").trim();
    return { model: modelName(model.directory), input: `"${start}${text.length > 60 ? " …" : ""}"` };
  }
  if ("source" in params) {
    return {
      model: modelName(params.source.model.directory),
      input: `the attention of ${params.source.ids.length} tokens`,
    };
  }
  if ("language" in params) {
    return { model: "", input: "a document" };
  }
  return { model: "directory" in params ? modelName(params.directory) : "", input: "its settings" };
}
