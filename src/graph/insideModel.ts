import { ExplainError } from "../common/errors";
import type { Message } from "../common/message";
import type { AttentionMap } from "./attention";
import { feedValues } from "./attentionEdits";
import { type Attended, type Block, type Blocks, findBlocks } from "./blocks";
import { refuseManySteps } from "./differentiable";
import { outputIds } from "./embedding";
import { type ModelValue, modelValue } from "./explainable";
import { expose } from "./expose";
import { type FedEmbeddings, feedEmbeddings } from "./fedEmbeddings";
import { differentiate } from "./gradient/differentiate";
import type { Graph } from "./graph";
import { reserved } from "./readGraph";
import { notLinear, refusalOf, twoStreams } from "./refusal";
import { storedAlone } from "./storedBytes";
import { type Numbers, tensorNumbers } from "./tensor";
import { type WrittenModel, written } from "./written";

/** What an {@link InsideModel} is for: looking at states, their gradients, blocks run one by one, or the whole model on other attention. */
export type InsideKind = "states" | "gradients" | "blocks" | "maps";

/** How the attention of a block comes back into the stream, with its weights. */
export interface AttendedOutputs {
  /** Outputs: the value vectors [batch, heads, tokens, width], and what goes on, [batch, tokens, outputs], before and after a normalisation. */
  readonly values: string;
  readonly sum: string;
  readonly result: string;
  /** The weights of the output projection, [heads·width, outputs], or turned. Read from the file where they lie there. */
  readonly weights: () => Numbers;
  readonly transposed: boolean;
  /** `null` where the sum is not normalised. */
  readonly normalisation: { readonly scale: Numbers; readonly epsilon: number } | null;
}

/** A model rewritten for looking into its blocks. Lists have an entry for each block, first one first; what a kind does not have is empty. */
export interface InsideModel extends WrittenModel {
  readonly inputs: readonly ModelValue[];
  readonly fed: FedEmbeddings | null;
  readonly logits: string;
  /** Input of `gradients`: what each logit weighs. */
  readonly seed: string;
  /** Whether the model has no other attention: no second stream of tokens, and none from one to the other. */
  readonly isAll: boolean;
  /** What each block reads, and what the last one leaves: outputs of `states`, their gradients in `gradients`; inputs of `blocks`, without the last. */
  readonly states: readonly string[];
  /** Attention maps: gradients in `gradients`, of both streams and between them where a model reads text and output apart; inputs of `blocks` and `maps`. */
  readonly maps: readonly string[];
  /** Where each of {@link weights} is. */
  readonly places: readonly Pick<AttentionMap, "kind" | "stream">[];
  /** Outputs of `gradients`: the attention maps themselves. */
  readonly weights: readonly string[];
  /** Value vectors: outputs of `states`, as far as they were found; inputs of `blocks`. */
  readonly values: readonly string[];
  /** Outputs of `blocks`: what each leaves of what it is fed. */
  readonly left: readonly string[];
  /** Outputs of `states`; `null` where a block was not found as a whole. */
  readonly attended: readonly AttendedOutputs[] | null;
}

const numbered = (about: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${reserved}${about}/${at}`);
const named = (values: readonly string[], names: readonly string[]) =>
  values.map((value, at) => [value, names[at] ?? ""] as const);

/** What methods look at inside a model that its graph may lack. `oneStream`: no tokens but those that are read attend or are attended to. */
export type InsidePart = "states" | "gradients" | "blocks" | "attended" | "oneStream";

/** Why a graph in normal form lacks what methods look at; what it has is not in it. Runs nothing. */
export function missingInside(normal: Graph, logits: string): Map<InsidePart, Message> {
  const { graph, found } = opened(normal, logits);
  const checks: Readonly<Record<InsidePart, () => unknown>> = {
    states: () => makers.states(graph, found, logits),
    gradients: () => makers.gradients(graph, found, logits),
    blocks: () => makers.blocks(graph, found, logits),
    attended: () => {
      statesOf(found);
      if (!attendedOf(found.blocks)) {
        throw notLinear();
      }
    },
    oneStream: () => {
      if (!found.isAll) {
        throw twoStreams();
      }
    },
  };
  const missing = new Map<InsidePart, Message>();
  for (const [part, check] of Object.entries(checks) as [InsidePart, () => unknown][]) {
    const why = refusalOf(check);
    if (why) {
      missing.set(part, why);
    }
  }
  return missing;
}

interface Found extends Blocks {
  /** Whether a decoder is fed the output so far beside the text. */
  readonly readsOutput: boolean;
}

function opened(normal: Graph, logits: string) {
  const plain = { ...normal, outputs: normal.outputs.filter(({ name }) => name === logits) };
  const embedded = feedEmbeddings(plain);
  const graph = embedded?.graph ?? plain;
  const readsOutput = normal.inputs.some(({ name }) => name === outputIds);
  return { graph, fed: embedded?.fed ?? null, found: { ...findBlocks(graph), readsOutput } };
}

/**
 * Rewrites a graph in normal form for looking into its blocks. Throws `method-unavailable` for what was not found in it, and what gradients throw for operators without a rule and for too many steps.
 */
export function makeInside(normal: Graph, logits: string, kind: InsideKind): InsideModel {
  const { graph, fed, found } = opened(normal, logits);
  const made = makers[kind](graph, found, logits);
  return {
    ...written(made.graph),
    inputs: normal.inputs.map(modelValue),
    fed,
    logits,
    seed,
    isAll: found.isAll,
    ...nothing,
    ...made.names,
  };
}

const seed = `${reserved}seed`;
const nothing = {
  states: [],
  maps: [],
  places: [],
  weights: [],
  values: [],
  left: [],
  attended: null,
} satisfies Partial<InsideModel>;

interface Made {
  readonly graph: Graph;
  readonly names: Partial<InsideModel>;
}

const makers: Readonly<Record<InsideKind, (graph: Graph, found: Found, logits: string) => Made>> = {
  states(graph, { blocks, ...found }) {
    const states = statesOf(found);
    const values = blocks.flatMap((block) => block.values ?? []);
    const attended = attendedOf(blocks);
    const shown = new Map([
      ...named(states, numbered("state", states.length)),
      ...named(values, numbered("values", values.length)),
      ...(attended ?? []).flatMap(({ attended: { sum, normalisation } }, at) => [
        [sum, `${reserved}sum/${at}`] as const,
        ...(normalisation ? [[normalisation.result, `${reserved}result/${at}`] as const] : []),
      ]),
    ]);
    const name = (value: string) => shown.get(value) ?? "";
    return {
      graph: expose({ ...graph, outputs: [] }, shown),
      names: {
        states: states.map(name),
        values: values.map(name),
        attended: attended?.map((one) => outputsOf(one.values, one.attended, graph, name)) ?? null,
      },
    };
  },
  gradients(graph, { blocks, states, isAll, readsOutput, ...found }, target) {
    // Text and output are read as one row of tokens: no attention is between others.
    const places = readsOutput
      ? found.maps
      : blocks.map(({ map }) => ({ value: map, kind: "self", stream: "main" }) as const);
    const own = places.map(({ value }) => value);
    const maps = numbered("slope", own.length);
    const slopes = numbered("stateSlope", states.length);
    const weights = numbered("map", own.length);
    const wrt = new Map([...named(own, maps), ...named(states, slopes)]);
    const backward = differentiate(graph, { target, seed, wrt });
    refuseManySteps(backward);
    return {
      graph: expose(backward, new Map(named(own, weights))),
      names: { isAll: isAll || readsOutput, places, maps, weights, states: slopes },
    };
  },
  blocks(graph, found) {
    if (!found.isAll) {
      throw twoStreams();
    }
    const states = statesOf(found).slice(0, -1);
    const values = found.blocks.flatMap((block) => block.values ?? []);
    if (values.length < found.blocks.length) {
      throw noValues();
    }
    const inputs = new Set(graph.inputs.map(({ name }) => name));
    const names = {
      states: numbered("state", states.length).map((name, at) => (inputs.has(states[at]) ? (states[at] ?? "") : name)),
      maps: numbered("map", states.length),
      values: numbered("values", states.length),
      left: numbered("left", states.length),
    };
    const fed = new Map([
      ...named(states, names.states).filter(([value, name]) => value !== name),
      ...named(
        found.blocks.map(({ map }) => map),
        names.maps,
      ),
      ...named(values, names.values),
    ]);
    const shown = expose({ ...graph, outputs: [] }, new Map(named(found.states.slice(1), names.left)));
    const moved = new Map(named(found.states.slice(1), names.left));
    return {
      // What is exposed has its new name already.
      graph: feedValues(shown, new Map([...fed].map(([value, name]) => [moved.get(value) ?? value, name]))),
      names,
    };
  },
  maps(graph, { blocks }) {
    const maps = numbered("map", blocks.length);
    return {
      graph: feedValues(
        graph,
        new Map(
          named(
            blocks.map(({ map }) => map),
            maps,
          ),
        ),
      ),
      names: { maps },
    };
  },
};

function statesOf({ states }: Pick<Blocks, "states">): readonly string[] {
  if (states.length === 0) {
    throw new ExplainError(
      "method-unavailable",
      "What the blocks of this model hand on to each other was not found in its graph. Choose another method.",
    );
  }
  return states;
}

function attendedOf(
  blocks: readonly Block[],
): readonly { readonly values: string; readonly attended: Attended }[] | null {
  const whole = blocks.flatMap(({ values, attended }) => (values && attended ? [{ values, attended }] : []));
  return whole.length === blocks.length ? whole : null;
}

function outputsOf(
  values: string,
  { projection, sum, normalisation }: Attended,
  { initialisers }: Graph,
  name: (value: string) => string,
): AttendedOutputs {
  const tensorOf = (weight: string) => {
    const tensor = initialisers.get(weight);
    if (!tensor) {
      throw new ExplainError("internal", "The model has no weights {0}.", weight.slice(0, 80));
    }
    // Else the whole file would be kept as far as it has been read.
    return tensor.rawData ? { ...tensor, rawData: storedAlone(tensor.rawData) } : tensor;
  };
  const weights = tensorOf(projection.weight);
  return {
    values: name(values),
    sum: name(sum),
    result: name(normalisation?.result ?? sum),
    weights: () => tensorNumbers(weights),
    transposed: projection.transposed,
    normalisation: normalisation && {
      scale: tensorNumbers(tensorOf(normalisation.scale)),
      epsilon: normalisation.epsilon,
    },
  };
}

function noValues(): ExplainError {
  return new ExplainError(
    "method-unavailable",
    "The value vectors of this model's attention were not found in its graph. Choose another method.",
  );
}
