import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect } from "vitest";
import { type ErrorReason, ExplainError } from "../../src/common/errors";
import type { ExplainRequest, PlacedRequest } from "../../src/common/explanation";
import { defaultOptions } from "../../src/common/options";

/** The repository's folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The bundled model. */
export const sentiment = { directory: join(root, "models/sentiment"), file: null };

/** A model of three classes that reads 64 tokens at once, small and untrained: for what does not hang on what a model says. */
export const small = { directory: join(root, "test/golden/questions/bertEntailment"), file: null };

/** A sentence of 30 tokens with the special ones. */
export const review =
  "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for us.";

/** A request with defaults, for the bundled model. */
export function requestFor(text: string, changes?: Partial<PlacedRequest>): PlacedRequest;
export function requestFor(text: string, changes: Partial<ExplainRequest>): ExplainRequest;
export function requestFor(text: string, changes: Partial<ExplainRequest> = {}): ExplainRequest {
  return { ...defaultOptions, model: sentiment, text, ...changes };
}

/** A signal that is never aborted. */
export const never = new AbortController().signal;

/** The error a promise rejects with; it must be an {@link ExplainError}. */
export async function errorOf(promise: Promise<unknown>): Promise<ExplainError> {
  const outcome = await promise.then(
    () => "was accepted",
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(ExplainError);
  return ExplainError.from(outcome);
}

/** The reason a promise rejects with. */
export async function reasonOf(promise: Promise<unknown>): Promise<ErrorReason> {
  return (await errorOf(promise)).reason;
}

/** Bundles an entry point as the product is bundled and returns the file; `onnxruntime-node` is found beside it. */
export async function bundle(source: string, name: string): Promise<string> {
  // One folder below the repository's, like dist/, so that the bundled model is found.
  const outfile = join(root, "out", name);
  const isModule = name.endsWith(".mjs");
  await build({
    absWorkingDir: root,
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: isModule ? "esm" : "cjs",
    mainFields: ["module", "main"],
    external: ["onnxruntime-node"],
    logLevel: "error",
    ...(isModule
      ? {
          banner: {
            js: 'import { createRequire as makeRequire } from "node:module";\nconst require = makeRequire(import.meta.url);',
          },
        }
      : {}),
  });
  return outfile;
}

/** Whether a process runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
