import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Message } from "../../src/common/message";
import { findEmbedding, outputIds } from "../../src/graph/embedding";
import { type ModelValue, makeExplainable } from "../../src/graph/explainable";
import { joinChunks } from "../../src/graph/protobufWriter";
import type { ReadGraph } from "../../src/graph/readGraph";
import { unsupported } from "../../src/graph/refusal";
import { type Batch, type GoldenCase, type GoldenCases, type GoldenTensor, realTokens, storedFloats } from "./corpus";
import { fedWords, rowsIn } from "./fed";

/** How far a file of the corpus is from torch; NaN where either side has one. */
export interface ForwardFigures {
  /** Largest difference of a logit, relative to the largest logit where that is above 1. */
  readonly logits: number;
  /** Largest difference of an attention weight, between tokens that are no padding. */
  readonly attention: number;
  /** Largest difference between a text alone and the same text in a padded batch, both by us: logits and attention. */
  readonly padded: number;
}

/** Numbers with their dimensions. */
export interface Numbers {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** The largest difference; NaN if either side has one or the lengths differ, so that it fails every comparison. */
export function largestDifference(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) {
    return Number.NaN;
  }
  return actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (expected[i] ?? Number.NaN))), 0);
}

/** The largest absolute value; NaN if there is one. */
export function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** The tensors to feed for a batch; inputs that the model does not have are left out. */
export function feedsOf(batch: Batch, inputs: readonly { readonly name: string }[]): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map(({ name }) => {
      const rows = batch.inputs[name];
      if (!rows) {
        throw new Error(`the goldens feed no ${name}`);
      }
      if ("dims" in rows) {
        return [name, new Tensor("float32", storedFloats(rows), [...rows.dims])];
      }
      return [
        name,
        new Tensor("int64", BigInt64Array.from(rows.flat().map(BigInt)), [rows.length, rows[0]?.length ?? 0]),
      ];
    }),
  );
}

/** Whether a batch can be fed: exporters may have fixed the length of texts. */
export function fits(batch: Batch["inputs"], inputs: readonly ModelValue[]): boolean {
  return inputs.every(({ name, dims }) => {
    const [rows = [], sizes] = [batch[name], dims ?? []];
    const fed = "dims" in rows ? rows.dims : [rows.length, rows[0]?.length];
    return fed.every((size, axis) => typeof sizes[axis] !== "number" || sizes[axis] === size);
  });
}

/** A session with one thread for a model in pieces. */
export function openSession(model: readonly Uint8Array[]): Promise<InferenceSession> {
  return InferenceSession.create(joinChunks([...model]), { intraOpNumThreads: 1, logSeverityLevel: 4 });
}

/** Runs a session; every result must be float32. */
export async function runFloats(
  session: InferenceSession,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<(name: string) => Numbers> {
  const results = await session.run(feeds);
  return (name) => {
    const result = results[name];
    if (!(result?.data instanceof Float32Array)) {
      throw new Error(`${name} is ${result ? `of type ${result.type}` : "no output"}`);
    }
    return { dims: result.dims, data: result.data };
  };
}

const place = ({ stream, kind, layer }: Pick<GoldenTensor, "stream" | "kind" | "layer">) =>
  `${stream} ${kind} ${layer}`;

/** What a model answers, and why it shows no attention. Figures are missing of maps that are not shown, and of padding that torch sees too. */
export type Forward = Partial<ForwardFigures> & { readonly missing: Message | null };

/** Whether torch itself answers otherwise for a text in a padded batch: models without a mask, or that pool over padding. */
export function padsMatter({ single, right }: GoldenCases): boolean {
  const [alone, padded] = [single, right].map((batch) => {
    const { dims } = batch.logits;
    return lastText({ dims, data: storedFloats(batch.logits) }, batch);
  });
  return !alone || !padded || !(largestDifference(padded, alone) < 1e-4);
}

/** Compares logits and attention maps with torch, batch by batch; throws where other maps are found than torch has. */
export async function measureForward(read: ReadGraph, cases: GoldenCases): Promise<Forward> {
  const explainable = makeExplainable(read);
  const words = findEmbedding(read.graph)?.input ?? "";
  const logitsName = explainable.outputs[0]?.name ?? "";
  const session = await openSession(explainable.model);
  const found = explainable.attention.map(place);
  const figures = { logits: 0, attention: 0, padded: 0 };
  const seen: Partial<Record<string, Float32Array[]>> = {};
  try {
    for (const [name, batch] of Object.entries(cases).filter(([, { inputs }]) => fits(inputs, explainable.inputs))) {
      const golden = batch.tensors.filter(({ what }) => what === "attention");
      if (found.length > 0 && found.toSorted().join() !== golden.map(place).toSorted().join()) {
        throw new Error(
          `found the maps ${found.join(", ") || "(none)"}, but torch has ${golden.map(place).join(", ")}`,
        );
      }
      const output = await runFloats(session, {
        ...feedsOf(batch, explainable.inputs),
        ...fedWords(explainable.fed, rowsIn(batch, words), rowsIn(batch, outputIds)),
      });
      const logits = output(logitsName);
      const expected = realLogits({ dims: batch.logits.dims, data: storedFloats(batch.logits) }, batch);
      const scale = Math.max(1, largest(expected));
      figures.logits = Math.max(figures.logits, largestDifference(realLogits(logits, batch), expected) / scale);
      seen[name] = [lastText(logits, batch)];
      for (const map of explainable.attention) {
        const torch = golden.find((tensor) => place(tensor) === place(map)) as GoldenTensor;
        const ours = output(map.name);
        const tokens = realTokens(batch)[0]?.length;
        if (ours.dims.join() !== torch.value.dims.join()) {
          if (ours.dims.slice(2).some((size) => size !== tokens)) {
            // The engine shows no such map either: what it is about cannot be told.
            throw unsupported(`${place(map)} is [${ours.dims}], which is not heads × tokens × tokens`);
          }
          throw new Error(`${place(map)} is [${ours.dims}], but torch has [${torch.value.dims}]`);
        }
        const kept = (values: Float32Array) => realCells({ dims: ours.dims, data: values }, batch, torch);
        const difference = largestDifference(kept(ours.data), kept(storedFloats(torch.value)));
        figures.attention = Math.max(figures.attention, difference);
        seen[name].push(lastText({ dims: ours.dims, data: ours.data }, batch));
      }
    }
  } finally {
    await session.release();
  }
  const comparable = seen.single && seen.right && !padsMatter(cases);
  for (const [index, alone] of (seen.single ?? []).entries()) {
    const scale = Math.max(1, largest(alone));
    figures.padded = Math.max(
      figures.padded,
      largestDifference(seen.right?.[index] ?? new Float32Array(), alone) / scale,
    );
  }
  const missing = explainable.attentionMissing;
  const { logits, attention, padded } = figures;
  return { logits, ...(missing ? {} : { attention }), ...(comparable ? { padded } : {}), missing };
}

/** The elements that are about tokens; what padding holds and looks at differs between exports. Of maps, [batch, heads, queries, keys], only. */
export function realCells({ dims, data }: Numbers, batch: GoldenCase, golden: GoldenTensor): Float32Array {
  if (golden.what !== "attention") {
    return data;
  }
  const [, heads = 0, queries = 0, keys = 0] = dims;
  const inDecoder = golden.stream === "main" && batch.tensors.some(({ kind }) => kind === "cross");
  const mask = realTokens(batch);
  return data.filter((_, index) => {
    const text = mask[Math.floor(index / (heads * queries * keys))];
    const realQuery = inDecoder || text?.[Math.floor(index / keys) % queries] !== 0;
    const realKey = (inDecoder && golden.kind === "self") || text?.[index % keys] !== 0;
    return realQuery && realKey;
  });
}

/** The logits of tokens that are no padding, where every token of the text has some: [batch, tokens, …]. */
function realLogits({ dims, data }: Numbers, batch: GoldenCase): Float32Array {
  const mask = realTokens(batch);
  const [, tokens = 0, width = 0] = dims;
  const isDecoder = batch.tensors.some(({ kind }) => kind === "cross");
  if (dims.length !== 3 || isDecoder) {
    return data;
  }
  return data.filter(
    (_, index) => mask[Math.floor(index / (tokens * width))]?.[Math.floor(index / width) % tokens] === 1,
  );
}

/** What belongs to the last text of a batch padded on the right, without its padding. Dimensions as long as the batch are cut. */
export function lastText({ dims, data }: Numbers, batch: GoldenCase): Float32Array {
  const mask = realTokens(batch);
  const [longest = 0, real = 0] = [mask[0]?.length, mask.at(-1)?.filter((bit) => bit === 1).length];
  const inner = dims.slice(1);
  const size = inner.reduce((product, length) => product * length, 1);
  const last = data.subarray(data.length - size);
  return last.filter((_, index) => {
    let rest = index;
    return inner.toReversed().every((length) => {
      const at = rest % length;
      rest = Math.floor(rest / length);
      return length !== longest || at < real;
    });
  });
}
