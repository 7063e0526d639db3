import { oneWindowTemplate, windowsTemplate } from "../common/doubts";
import { ExplainError } from "../common/errors";
import type { PlacedRequest } from "../common/explanation";
import type { Prediction } from "../common/prediction/registry";
import { reducedTarget, type Target } from "../tasks/target";
import { type Continuation, type ReadText, type TaskQuestion, weightedMean } from "../tasks/task";
import type { Row } from "./batcher";
import type { LoadedModel } from "./loadedModel";
import { type PreparedText, type PrepareRequest, prepareText, type Reader, type WindowInput } from "./preparedText";

/** What is asked about a text. */
type Asking = Omit<PrepareRequest, "text" | "masked">;

/** What of a loaded model reads texts. */
type ReadingModel = Reader & Pick<LoadedModel, "task" | "batcher">;

/** Hears how many of a text's windows have been read. */
type OnRead = (windows: number) => void;

/** What a model says of a text, and what of it is explained. */
export interface Predicted {
  readonly prediction: Prediction;
  readonly target: Target;
  /** The text as the target reads it; see {@link aimedAt}. */
  readonly text: PreparedText;
}

/** The rows of a text's windows, read where its task reads them, and the tokens at which each is. */
function placedRows(
  { task }: Pick<LoadedModel, "task">,
  text: PreparedText,
  question: TaskQuestion,
): readonly { readonly row: Row; readonly at: readonly number[] }[] {
  const wanted = task.places && new Set(task.places(text, question));
  return text.inputs.map(({ positions, row }) => {
    const at = wanted ? positions.flatMap((token, position) => (wanted.has(token) ? [position] : [])) : [];
    return { row: at.length === 0 ? row : { ...row, at }, at: at.map((position) => positions[position] ?? 0) };
  });
}

/** Prepares the text of a request and, where two texts are read apart, has each read against the other. Throws what {@link prepareText} throws. */
export async function prepareRead(
  model: LoadedModel,
  request: PlacedRequest,
  signal: AbortSignal,
  continuation: Continuation | null = null,
): Promise<PreparedText> {
  const text = prepareText(request, model, undefined, continuation);
  if (text.windows.some(({ segment }) => segment === undefined)) {
    return text;
  }
  const rows = text.inputs.map(({ row }) => row);
  const outputs = await model.batcher.evaluate(rows, signal);
  const others = rows.map(({ ids }, at) => ({ ids, outputs: outputs[at] ?? new Float32Array() })).reverse();
  const against = (row: Row, at: number) => {
    const other = others[at];
    return other ? { ...row, against: other } : row;
  };
  return { ...text, inputs: text.inputs.map((input, at) => ({ ...input, row: against(input.row, at) })) };
}

/** Runs a text forward and gives its outputs at the places where its task reads them. */
export async function readOutputs(
  model: ReadingModel,
  text: PreparedText,
  request: Asking,
  signal: AbortSignal,
  onRead?: OnRead,
): Promise<ReadText> {
  const hypotheses = model.task.hypotheses?.(request);
  if (hypotheses) {
    return await readHypotheses(model, text, { request, hypotheses }, signal, onRead);
  }
  const placed = placedRows(model, text, request);
  if (model.task.digest) {
    return await readDigests(model, text, placed, signal, onRead);
  }
  const outputs = await model.batcher.evaluate(
    placed.map(({ row }) => row),
    signal,
    onRead,
  );
  const isOfText = model.task.places === null;
  return readText(
    text,
    outputs.map((values, window) => (isOfText || placed[window]?.at.length ? values : new Float32Array())),
    placed.map(({ at }) => at),
  );
}

/** So many outputs are read in one run at most, where little of them is kept: 128 MB. */
const mostOutputs = 2 ** 25;

/** Runs a text forward at some of its places at a time, and keeps of the outputs there what the task's prediction is made of. */
async function readDigests(
  { task, batcher }: Pick<LoadedModel, "task" | "batcher">,
  text: PreparedText,
  placed: ReturnType<typeof placedRows>,
  signal: AbortSignal,
  onRead?: OnRead,
): Promise<ReadText> {
  const { width } = task;
  const found: number[][] = [];
  for (const { row, at } of placed) {
    // Equal runs, of which none is of a single place while others are of many: the runtime computes that in another way.
    const runs = Math.ceil(at.length / Math.max(1, Math.floor(mostOutputs / width)));
    const places = Math.ceil(at.length / runs);
    const kept: number[] = [];
    for (let first = 0; first < at.length; first += places) {
      const positions = row.at?.slice(first, first + places) ?? [];
      const [outputs = new Float32Array()] = await batcher.evaluate([{ ...row, at: positions }], signal);
      for (const slot of positions.keys()) {
        const own = outputs.subarray(slot * width, (slot + 1) * width);
        kept.push(...(task.digest?.(own, at[first + slot] ?? 0, text) ?? []));
      }
    }
    found.push(kept);
    onRead?.(found.length);
  }
  return readText(
    text,
    found,
    placed.map(({ at }) => at),
  );
}

/** Runs a text forward with each of several hypotheses, and gives the mean outputs of the windows with each as those of one. */
async function readHypotheses(
  model: ReadingModel,
  text: PreparedText,
  { request, hypotheses }: { readonly request: Asking; readonly hypotheses: readonly string[] },
  signal: AbortSignal,
  onRead?: OnRead,
): Promise<ReadText> {
  const texts = hypotheses.map((hypothesis) => withHypothesis(model, text, request, hypothesis));
  const outputs = await model.batcher.evaluate(
    texts.flatMap(({ inputs }) => inputs.map(({ row }) => row)),
    signal,
    (rows) => onRead?.(Math.floor(rows / texts.length)),
  );
  let from = 0;
  const windows = texts.map(({ inputs }) => {
    const own = outputs.slice(from, from + inputs.length);
    from += inputs.length;
    const shares = inputs.map(({ share }) => share);
    const mean = Array.from({ length: model.task.width }, (_, index) =>
      weightedMean(
        own.map((row) => row[index] ?? Number.NaN),
        shares,
      ),
    );
    return { at: [], outputs: mean, share: 1 / texts.length, weights: [] };
  });
  return { ...text, windows };
}

function withHypothesis(
  model: ReadingModel,
  { text, masked }: Pick<PreparedText, "text" | "masked">,
  request: Asking,
  hypothesis: string,
): PreparedText {
  return prepareText({ ...request, text, masked }, model, { role: "hypothesis", text: hypothesis });
}

/** A text with the outputs of its windows, of the text as a whole where no tokens are named. */
export function readText(
  text: PreparedText,
  outputs: readonly ArrayLike<number>[],
  at: readonly (readonly number[])[] = [],
): ReadText {
  return {
    ...text,
    windows: text.inputs.map(({ share, weights }, window) => ({
      at: at[window] ?? [],
      outputs: outputs[window] ?? new Float32Array(),
      share,
      weights,
    })),
  };
}

/** The prediction of a text, what of it is explained, and the text as that is read. */
export async function predictText(
  model: ReadingModel,
  text: PreparedText,
  request: Asking,
  signal: AbortSignal,
  onRead?: OnRead,
): Promise<Predicted> {
  return predictedFrom(model, text, request, await readOutputs(model, text, request, signal, onRead));
}

/** {@link predictText} where the outputs are known. */
export function predictedFrom(model: ReadingModel, text: PreparedText, request: Asking, read: ReadText): Predicted {
  const { task } = model;
  if (request.position !== null && task.places === null) {
    throw new ExplainError(
      "request-invalid",
      "This model answers for the text as a whole, not for one of its tokens. Leave the position out.",
    );
  }
  const prediction = task.predict(read, request);
  const target = task.target(request, prediction, read);
  const hypothesis = task.hypotheses?.(request)[target.hypothesis ?? 0];
  const own = hypothesis === undefined ? text : withHypothesis(model, text, request, hypothesis);
  return { prediction, target, text: aimedAt(own, target, task.width) };
}

/**
 * A text as a target reads it: where it is read at tokens, in the one window in whose middle these are most, and there at their places. Such a window counts for the whole text.
 */
function aimedAt(text: PreparedText, target: Target, width: number): PreparedText {
  const { at } = target;
  if (at.length === 0) {
    return text;
  }
  const middle = ({ weights }: WindowInput) => Math.min(...at.map((token) => weights[token] ?? 0));
  const holding = text.inputs.filter(({ positions }) => at.every((token) => positions.includes(token)));
  const named = target.window === undefined ? undefined : text.inputs[target.window];
  const chosen = named ?? holding.toSorted((a, b) => middle(b) - middle(a))[0];
  const window = chosen && text.windows[text.inputs.indexOf(chosen)];
  if (!chosen || !window) {
    throw new RangeError("A target is read at tokens of one window.");
  }
  const { chosen: outputs } = reducedTarget(target, width);
  const row = {
    ...chosen.row,
    at: at.map((token) => chosen.positions.indexOf(token)),
    ...(outputs ? { chosen: outputs } : {}),
  };
  return {
    ...text,
    inputs: [{ ...chosen, row, share: 1 }],
    windows: [window],
    warnings: text.warnings.map((warning) =>
      warning.template === windowsTemplate ? { ...warning, template: oneWindowTemplate } : warning,
    ),
  };
}
