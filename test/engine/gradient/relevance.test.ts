import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { elementTypes } from "../../../src/graph/elementType";
import { deepLift } from "../../../src/graph/gradient/deepLift";
import { differentiate } from "../../../src/graph/gradient/differentiate";
import { withReference } from "../../../src/graph/gradient/reference";
import { attnLrp, cpLrp } from "../../../src/graph/gradient/relevance";
import type { RuleSet } from "../../../src/graph/gradient/rule";
import type { Graph } from "../../../src/graph/graph";
import { makeNode } from "../../../src/graph/node";
import type { NodeProto, TensorProto } from "../../../src/graph/onnxSchema";
import { floatTensor } from "../../../src/graph/tensor";
import { corpusFiles, corpusFolder, corpusGolden, corpusModel } from "../../support/corpus";
import { conservation, goldenRelevance, measureRelevance } from "../../support/corpusRelevance";
import { graphProto, model } from "../../unit/graph/build";
import { floatsTensor, graphFrom, numbersIn, sessionOf } from "./support";

const float = elementTypes.float32;

/** A graph of nodes with float inputs of the given shapes and the output `y`. */
function graphWith(
  nodes: readonly NodeProto[],
  inputs: Readonly<Record<string, readonly number[]>>,
  constants: readonly TensorProto[] = [],
): Graph {
  const shaped = Object.entries(inputs).map(([name, dims]) => ({
    name,
    type: {
      tensorType: { elemType: float, shape: { dim: dims.map((size, axis) => (axis > 0 ? { dimValue: size } : {})) } },
    },
  }));
  const proto = graphProto(nodes, shaped, [], constants);
  return graphFrom(model({ ...proto, output: [{ name: "y", type: { tensorType: { elemType: float } } }] }, 18));
}

/** Numbers and their sizes. */
type Given = readonly [readonly number[], readonly number[]];

/** The multipliers of `x` against a reference. */
async function multipliers(graph: Graph, x: Given, reference: Given, seed: Given): Promise<number[]> {
  const { graph: both, references } = withReference(graph, ["x"]);
  const { rules, constants } = deepLift(both);
  const asked = { target: "y", seed: "seed", wrt: new Map([["x", "dx"]]), constants, references };
  const session = await sessionOf(differentiate(both, asked, rules));
  const fed = [
    ["x", x],
    [references.get("x") ?? "", reference],
    ["seed", seed],
  ] as const;
  const results = await session.run(
    Object.fromEntries(fed.map(([name, [values, dims]]) => [name, floatsTensor(values, dims, false)])),
  );
  await session.release();
  return numbersIn(results.dx);
}

/** The adjoints of the inputs for a seed, and the output. */
async function adjoints(
  graph: Graph,
  rules: (graph: Graph) => RuleSet,
  inputs: Readonly<Record<string, Given>>,
  seed: Given,
): Promise<(name: string) => number[]> {
  const { rules: set, constants } = rules(graph);
  const wrt = new Map(Object.keys(inputs).map((name) => [name, `d${name}`]));
  const session = await sessionOf(differentiate(graph, { target: "y", seed: "seed", wrt, constants }, set));
  const feeds = Object.fromEntries(
    [...Object.entries(inputs), ["seed", seed] as const].map(([name, [values, dims]]) => [
      name,
      floatsTensor(values, dims, false),
    ]),
  );
  const results = await session.run(feeds);
  await session.release();
  return (name) => numbersIn(results[name]);
}

function expectClose(actual: readonly number[], expected: readonly number[], digits = 5): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, at) => {
    expect(value).toBeCloseTo(expected[at] ?? Number.NaN, digits);
  });
}

const product = (a: readonly number[], b: readonly number[]) => a.map((value, at) => value * (b[at] ?? 0));

describe("relevance on the numbers of the papers", () => {
  it("Softmax", async () => {
    const x = [1, 2, 3];
    const sum = x.reduce((total, value) => total + Math.exp(value), 0);
    const seed = [0.1, 0.2, 0.7].map((r, at) => (r * sum) / Math.exp(x[at] ?? 0));
    const graph = graphWith([makeNode("Softmax", ["x"], ["y"], { axis: -1 })], { x: [1, 1, 3] });
    const found = await adjoints(graph, attnLrp, { x: [x, [1, 1, 3]] }, [seed, [1, 1, 3]]);
    expectClose(product(found("dx"), x), [0.009969, -0.089457, 0.104277]);
  });

  it("a product of two activations", async () => {
    const [a, b] = [
      [0.5, 0.5, 0.2, 0.8],
      [1, 2, 3, -1],
    ];
    const graph = graphWith([makeNode("MatMul", ["a", "b"], ["y"])], { a: [1, 2, 2], b: [1, 2, 2] });
    const seed = [1 / 2, 0, 0, 1 / -0.4];
    const dims = [1, 2, 2];
    const found = await adjoints(graph, attnLrp, { a: [a, dims], b: [b, dims] }, [seed, dims]);
    expectClose(product(found("da"), a), [0.125, 0.375, -0.5, 1]);
    expectClose(product(found("db"), b), [0.125, -0.5, 0.375, 1]);
  });

  it("a layer with weights and biases", async () => {
    const weight = floatTensor("w", [2, 2], Float32Array.of(1, 0.5, -2, 1));
    const bias = floatTensor("b", [2], Float32Array.of(0.1, -0.2));
    const nodes = [makeNode("MatMul", ["x", "w"], ["z"]), makeNode("Add", ["z", "b"], ["y"])];
    const graph = graphWith(nodes, { x: [1, 1, 2] }, [weight, bias]);
    const x = [1, 2];
    const found = await adjoints(graph, attnLrp, { x: [x, [1, 1, 2]] }, [
      [1 / -2.9, 1 / 2.3],
      [1, 1, 2],
    ]);
    expectClose(product(found("dx"), x), [-0.127436, 2.248876]);
  });
});

describe("relevance", () => {
  const x = [0.4, -1.3, 0, 2.2];
  const dims = [1, 1, 4];
  const constants = [
    floatTensor("half", [], Float32Array.of(0.5)),
    floatTensor("one", [], Float32Array.of(1)),
    floatTensor("root", [], Float32Array.of(Math.SQRT2)),
  ];

  it("passes activation functions unchanged, written out or not", async () => {
    const spelled = [
      makeNode("Div", ["x", "root"], ["scaled"]),
      makeNode("Erf", ["scaled"], ["erf"]),
      makeNode("Add", ["erf", "one"], ["phi"]),
      makeNode("Mul", ["x", "phi"], ["twice"]),
      makeNode("Mul", ["twice", "half"], ["y"]),
    ];
    const fused = [{ ...makeNode("Gelu", ["x"], ["y"]), domain: "com.microsoft" }];
    const silu = [makeNode("Sigmoid", ["x"], ["gate"]), makeNode("Mul", ["x", "gate"], ["y"])];
    for (const nodes of [spelled, fused, silu, [makeNode("Tanh", ["x"], ["y"])]]) {
      const graph = graphWith(nodes, { x: dims }, constants);
      const withDomain = {
        ...graph,
        model: { ...graph.model, opsetImport: [...graph.model.opsetImport, { domain: "com.microsoft", version: 1 }] },
      };
      const forward = await sessionOf(withDomain);
      const y = numbersIn((await forward.run({ x: floatsTensor(x, dims, false) })).y);
      const seed = [1, 2, 3, -1];
      const found = await adjoints(withDomain, attnLrp, { x: [x, dims] }, [seed, dims]);
      expectClose(product(found("dx"), x), product(y, seed));
    }
  });

  it("shares a gated product equally, whatever the gate", async () => {
    const nodes = [makeNode("Sigmoid", ["a"], ["gate"]), makeNode("Mul", ["x", "gate"], ["y"])];
    const a = [0.7, 0.2, -1, 3];
    const found = await adjoints(graphWith(nodes, { x: dims, a: dims }), attnLrp, { x: [x, dims], a: [a, dims] }, [
      [1, 1, 1, 1],
      dims,
    ]);
    const y = x.map((value, at) => value / (1 + Math.exp(-(a[at] ?? 0))));
    expectClose(
      product(found("dx"), x),
      y.map((value) => value / 2),
    );
    expectClose(
      product(found("da"), a),
      y.map((value) => value / 2),
    );
  });

  it.each(["Exp", "Abs", "LogSoftmax"])("is refused by name where there is no rule: %s", async (operator) => {
    const graph = graphWith([makeNode(operator, ["x"], ["y"])], { x: dims });
    const found = adjoints(graph, attnLrp, { x: [x, dims] }, [[1, 1, 1, 1], dims]);
    await expect(found).rejects.toMatchObject({ reason: "operator-unsupported" });
  });

  it("keeps attention probabilities constant in CP-LRP", async () => {
    const nodes = [
      makeNode("MatMul", ["x", "w"], ["q"]),
      makeNode("Transpose", ["q"], ["k"], { perm: [0, 2, 1] }),
      makeNode("MatMul", ["q", "k"], ["scores"]),
      makeNode("Softmax", ["scores"], ["p"], { axis: -1 }),
      makeNode("MatMul", ["p", "x"], ["y"]),
    ];
    const weight = floatTensor("w", [2, 2], Float32Array.of(1, 0.5, -2, 1));
    const [text, shape] = [
      [1, 2, -0.5, 0.3],
      [1, 2, 2],
    ];
    const graph = graphWith(nodes, { x: shape }, [weight]);
    const forward = await sessionOf(graph);
    const y = numbersIn((await forward.run({ x: floatsTensor(text, shape, false) })).y);
    const found = await adjoints(graph, cpLrp, { x: [text, shape] }, [[1, 1, 1, 1], shape]);
    const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
    expect(total(product(found("dx"), text))).toBeCloseTo(total(y), 5);
  });
});

interface DeepLiftCase {
  readonly layers: readonly { readonly kind: string; readonly weight?: number[]; readonly bias?: number[] }[];
  readonly input: number[];
  readonly baseline: number[];
  readonly attributions: number[][];
}

describe("DeepLIFT", () => {
  it("agrees with captum on layers that captum replaces", async () => {
    const file = fileURLToPath(new URL("../../golden/deepLift/cases.json", import.meta.url));
    const { layers, input, baseline, attributions }: DeepLiftCase = JSON.parse(readFileSync(file, "utf8"));
    const constants: TensorProto[] = [];
    const operators: Readonly<Record<string, string>> = { ReLU: "Relu" };
    const nodes = layers.map(({ kind, weight, bias }, at) => {
      const [from, to] = [at === 0 ? "x" : `h${at}`, at === layers.length - 1 ? "y" : `h${at + 1}`];
      if (!weight || !bias) {
        return makeNode(operators[kind] ?? kind, [from], [to]);
      }
      const shape = [bias.length, weight.length / bias.length];
      constants.push(floatTensor(`w${at}`, shape, Float32Array.from(weight)));
      constants.push(floatTensor(`b${at}`, [bias.length], Float32Array.from(bias)));
      return makeNode("Gemm", [from, `w${at}`, `b${at}`], [to], { transB: 1 });
    });
    const width = input.length;
    const graph = graphWith(nodes, { x: [1, width] }, constants);
    for (const [target, expected] of attributions.entries()) {
      const one = Array.from({ length: attributions.length }, (_, at) => (at === target ? 1 : 0));
      const size = [1, width];
      const found = await multipliers(graph, [input, size], [baseline, size], [one, [1, one.length]]);
      const difference = input.map((value, at) => value - (baseline[at] ?? 0));
      expectClose(product(found, difference), expected);
    }
  });

  it("takes several texts, each with its reference, wherever their axis is", async () => {
    const nodes = [makeNode("Transpose", ["x"], ["t"], { perm: [1, 0, 2] }), makeNode("Exp", ["t"], ["y"])];
    const size = [2, 1, 2];
    const [x, reference] = [
      [1, 2, 3, 4],
      [0, 1, 1, 0],
    ];
    const found = await multipliers(
      graphWith(nodes, { x: size }),
      [x, size],
      [reference, size],
      [
        [1, 1, 1, 1],
        [1, 2, 2],
      ],
    );
    expectClose(
      found,
      x.map((value, at) => (Math.exp(value) - Math.exp(reference[at] ?? 0)) / (value - (reference[at] ?? 0))),
      4,
    );
  });

  it("refuses maxima", async () => {
    const size = [1, 1, 2];
    const graph = graphWith([makeNode("ReduceMax", ["x"], ["y"], { keepdims: 1 })], { x: size });
    const run = multipliers(graph, [[1, 2], size], [[0, 0], size], [[1], [1, 1, 1]]);
    await expect(run).rejects.toMatchObject({ reason: "operator-unsupported" });
  });
});

/** The architectures whose two exports write activation functions and normalisations out differently. */
const writtenTwice = ["bert", "gpt2", "llama", "t5encoder"];
const files = corpusFiles(path.join(corpusFolder, "models")).filter(
  ({ variant, way, architecture }) =>
    variant === "fp32" &&
    (way === "dynamo18" || (way === "ts17" && writtenTwice.includes(architecture))) &&
    existsSync(path.join(corpusFolder, "relevance", `${architecture}.json`)),
);

describe("rule sets agree with torch", () => {
  it.each(files.map((file) => [file.label, file] as const))("%s", async (label, file) => {
    const golden = goldenRelevance(file.architecture, corpusFolder);
    const figures = await measureRelevance(corpusModel(file), corpusGolden(file, corpusFolder), golden);
    for (const [what, figure] of Object.entries(figures)) {
      expect(figure, `${label} ${what}`).toBeLessThan(what === "completeness" ? 1e-4 : 1e-5);
    }
  });

  it.each(files.map((file) => [file.label, file] as const))(
    "%s conserves relevance with what biases and places take, where probabilities are constant",
    async (_, file) => {
      const { relevance, target } = await conservation(corpusModel(file), corpusGolden(file, corpusFolder).single);
      expect(Math.abs(relevance - target) / Math.abs(target)).toBeLessThan(1e-5);
    },
  );
});
