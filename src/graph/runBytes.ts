import { elementBits, elementTypes } from "./elementType";
import { type Graph, linksOf } from "./graph";
import { operatorOf } from "./node";
import { placesInput } from "./passes/readPlaces";
import { type Dim, factorsOf, type Shape } from "./shapes/dims";
import type { KnownShapes } from "./shapes/known";

/** How many bytes the results in between of one run take at once, at most and roughly, for so many rows of so many tokens, each read at so many places where it is read at tokens (1 by default). */
export type RunBytes = (rows: number, tokens: number, places?: number) => number;

/** Operators whose result is their first input with other sizes: the runtime copies nothing. */
const views = new Set(["Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity"]);

/** What is taken and what is given back at one step, as the sum of these: elements × rows^`rows` × tokens^`tokens` × places^`places`. */
interface Term {
  readonly bytes: number;
  readonly rows: number;
  readonly tokens: number;
  readonly places: number;
}

interface Step {
  readonly taken: readonly Term[];
  readonly freed: readonly Term[];
}

/**
 * Follows which results of a graph are held at the same time: each from the step that makes it to the last that reads it, outputs to the end. The first size of the first
 * input is that of the batch; every other size without a number is taken for the number of tokens.
 */
export function runBytesOf(graph: Graph, shapes: KnownShapes, types: ReadonlyMap<string, number>): RunBytes {
  const batch = shapes.of(graph.inputs[0]?.name)?.[0];
  const steps = stepsOf(graph, (name) => {
    const shape = shapes.of(name);
    return shape && termOf(shape, types.get(name) ?? elementTypes.float32, batch);
  });
  return (rows, tokens, places = 1) => {
    const size = (term: Term) => term.bytes * rows ** term.rows * tokens ** term.tokens * places ** term.places;
    const sum = (terms: readonly Term[]) => terms.reduce((total, term) => total + size(term), 0);
    let [held, most] = [0, 0];
    for (const { taken, freed } of steps) {
      held += sum(taken);
      most = Math.max(most, held);
      held -= sum(freed);
    }
    return most;
  };
}

function stepsOf(graph: Graph, termFor: (name: string) => Term | undefined): Step[] {
  const links = linksOf(graph);
  const stepOf = new Map(graph.nodes.map((node, index) => [node, index]));
  const origins = new Map<string, string>();
  const originOf = (name: string) => origins.get(name) ?? name;
  const lastUse = new Map(graph.outputs.map(({ name = "" }) => [name, graph.nodes.length - 1]));
  for (const [index, node] of graph.nodes.entries()) {
    const [first = ""] = node.input;
    const isView = views.has(operatorOf(node));
    for (const output of node.output) {
      if (isView && links.producer(first)) {
        origins.set(output, originOf(first));
      }
      const uses = links.consumers(output).map((consumer) => stepOf.get(consumer) ?? index);
      const origin = originOf(output);
      lastUse.set(origin, Math.max(lastUse.get(origin) ?? index, index, ...uses));
    }
  }
  const steps = graph.nodes.map(() => ({ taken: [] as Term[], freed: [] as Term[] }));
  for (const [index, node] of graph.nodes.entries()) {
    for (const output of node.output.filter((name) => !origins.has(name))) {
      const term = termFor(output);
      if (term) {
        steps[index]?.taken.push(term);
        steps[lastUse.get(output) ?? index]?.freed.push(term);
      }
    }
  }
  return steps;
}

function termOf(shape: Shape, type: number, batch: Dim | undefined): Term {
  const factors = shape.map(factorsOf);
  const names = factors.flatMap((factor) => factor.names);
  const places = names.filter((name) => name === placesInput).length;
  // There are as many places as every row has, for all rows.
  const rows = names.filter((name) => name === batch).length + places;
  const elements = factors.reduce((product, { number }) => product * number, 1);
  return { bytes: (elements * (elementBits(type) ?? 64)) / 8, rows, tokens: names.length - rows, places };
}
