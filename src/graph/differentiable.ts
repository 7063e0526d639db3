import { ExplainError } from "../common/errors";
import { type ModelValue, modelValue } from "./explainable";
import { type FedEmbeddings, feedEmbeddings } from "./fedEmbeddings";
import { type AbsorbedNames, withAbsorbed } from "./gradient/absorbed";
import { differentiate } from "./gradient/differentiate";
import { type References, withJoinedProducts, withReference } from "./gradient/reference";
import { comparingRules, type RuleSetName, ruleSets } from "./gradient/ruleSets";
import type { Graph } from "./graph";
import { pickedTokens } from "./passes/pickedTokens";
import { unsupported } from "./refusal";
import { type WrittenModel, written } from "./written";

/** A model rewritten so that it reads word embeddings and returns its logits and a gradient with respect to them. */
export interface DifferentiableModel extends WrittenModel {
  /** The inputs of the file as given; the embeddings and the seed come on top. */
  readonly inputs: readonly ModelValue[];
  readonly fed: FedEmbeddings;
  /** Input: what each logit weighs in the sum that is differentiated, shaped like the logits. */
  readonly seed: string;
  readonly logits: string;
  /** Output: gradient of Σ seed·logits with respect to the embeddings, shaped like them. */
  readonly gradient: string;
  /** Output: as {@link gradient}, of the words of the output so far; `null` where a model is fed none. */
  readonly outputGradient: string | null;
  /** Outputs: the relevance that goes to no word, under rule sets that share it out; `null` where there is none. */
  readonly absorbed: AbsorbedNames | null;
  /** For each word embeddings that are fed, and for the logits, those of the reference that a text is compared with; `null` under rule sets that compare nothing. */
  readonly references: References | null;
}

/** Twice what DeepLIFT takes for fifty layers; the time in which the runtime plans them grows with their square. */
const mostSteps = 30_000;

const names = {
  seed: "explain/seed",
  gradient: "explain/gradient",
  outputGradient: "explain/outputGradient",
  absorbed: { biases: "explain/absorbed/biases", places: "explain/absorbed/places" },
} as const;

/**
 * Rewrites a graph in normal form for gradients: word embeddings as an input, backward pass of the output `logits` by a rule set, whose adjoints are
 * returned in place of gradients. Throws what {@link backwardPass} throws.
 */
export function makeDifferentiable(
  normal: Graph,
  logits: string,
  ruleSet: RuleSetName = "gradient",
): DifferentiableModel {
  const { graph, fed, references } = backwardPass(normal, logits, ruleSet);
  return {
    ...written(graph),
    inputs: normal.inputs.map(modelValue),
    fed,
    seed: names.seed,
    gradient: names.gradient,
    outputGradient: fed.output && names.outputGradient,
    logits,
    absorbed: graph.outputs.some(({ name }) => name === names.absorbed.biases) ? names.absorbed : null,
    references,
  };
}

/**
 * The graph that {@link makeDifferentiable} writes. Throws `model-unsupported` where no word embeddings are found or too many steps lead back, and
 * `operator-unsupported` for operators without a rule.
 */
export function backwardPass(
  normal: Graph,
  logits: string,
  ruleSet: RuleSetName,
): { readonly graph: Graph; readonly fed: FedEmbeddings; readonly references: References | null } {
  const embedded = feedEmbeddings(
    pickedTokens({ ...normal, outputs: normal.outputs.filter(({ name }) => name === logits) }),
  );
  if (!embedded) {
    throw unsupported("no table of word embeddings that is read by token number was found in it");
  }
  const { fed } = embedded;
  const compared = comparingRules.has(ruleSet) ? withReference(embedded.graph, fedNames(fed)) : null;
  const { graph: cut, references } = compared ?? { graph: embedded.graph, references: null };
  const wrt = new Map([
    [fed.name, names.gradient],
    ...(fed.output ? [[fed.output.name, names.outputGradient] as const] : []),
  ]);
  const set = ruleSets[ruleSet](cut);
  const asked = {
    target: logits,
    seed: names.seed,
    wrt,
    constants: set.constants,
    ...(references ? { references } : {}),
  };
  const backward = set.absorbs ? withAbsorbed(cut, asked, set, names.absorbed) : differentiate(cut, asked, set.rules);
  const graph = references ? withJoinedProducts(backward, references) : backward;
  refuseManySteps(graph);
  return { graph, fed, references };
}

function fedNames({ name, output }: FedEmbeddings): string[] {
  return output ? [name, output.name] : [name];
}

/** Throws `model-unsupported` for a graph with a backward pass that the runtime would plan for too long. */
export function refuseManySteps(graph: Graph): void {
  if (graph.nodes.length > mostSteps) {
    throw new ExplainError(
      "model-unsupported",
      "Gradients cannot be computed for this model: going back through it takes more than {0} steps. Choose a method that needs no gradients.",
      mostSteps,
    );
  }
}
