import type { InferenceSession } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { elementTypes } from "../../../src/graph/elementType";
import { differentiate } from "../../../src/graph/gradient/differentiate";
import type { Graph } from "../../../src/graph/graph";
import { makeNode, type Settings } from "../../../src/graph/node";
import type { TensorProto, ValueInfoProto } from "../../../src/graph/onnxSchema";
import { integerTensor } from "../../../src/graph/tensor";
import { graphProto, model, randomNumbers } from "../../unit/graph/build";
import { arithmeticCases } from "./cases/arithmetic";
import type { RuleCase } from "./cases/case";
import { functionCases } from "./cases/functions";
import { movementCases } from "./cases/movement";
import { productCases } from "./cases/products";
import { reductionCases } from "./cases/reductions";
import {
  floatsTensor,
  graphFrom,
  integersTensor,
  numbersIn,
  rulesUnderTest,
  sessionOf,
  withFractions,
} from "./support";

/** What is known of sizes when the backward pass is written: numbers, only which are the same, or not even how many axes there are. */
type Knowledge = "known" | "named" | "unknown";

function graphOfCase(test: RuleCase, knowledge: Knowledge): Graph {
  const type = test.single ? elementTypes.float32 : elementTypes.float64;
  const constants: TensorProto[] = [];
  const inputs: ValueInfoProto[] = [];
  for (const [name, { dims, integers }] of Object.entries(test.inputs)) {
    if (integers && !test.fed?.includes(name)) {
      constants.push(integerTensor(name, dims, integers.map(BigInt)));
      continue;
    }
    const shape = { dim: dims.map((size) => (knowledge === "known" ? { dimValue: size } : { dimParam: `n${size}` })) };
    const elemType = integers ? elementTypes.int64 : type;
    inputs.push({ name, type: { tensorType: { elemType, ...(knowledge === "unknown" ? {} : { shape }) } } });
  }
  const [domain, operator] = test.operator.includes(".")
    ? ["com.microsoft", test.operator.split(".")[2]]
    : ["", test.operator];
  const outputs = test.outputs ?? ["y"];
  const names = test.read ?? Object.keys(test.inputs);
  const settings: Settings = test.settings ?? {};
  const node = { ...withFractions(makeNode(operator ?? "", names, outputs, settings), test.fractions ?? {}), domain };
  const before = (test.before ?? []).map(([op, from, to, how]) => makeNode(op, from.split(" "), [to], how ?? {}));
  const after = (test.after ?? []).map(([op, from, to, how]) => makeNode(op, from.split(" "), [to], how ?? {}));
  const proto = graphProto([...before, node, ...after], inputs, [], constants);
  const target = test.target ?? outputs[0] ?? "y";
  const graph = { ...proto, output: [{ name: target, type: { tensorType: { elemType: type } } }] };
  const file = model(graph, test.opset ?? 18);
  return graphFrom({ ...file, opsetImport: [...file.opsetImport, { domain: "com.microsoft", version: 1 }] });
}

const errors = new Map<string, number>();

async function check(family: string, test: RuleCase, knowledge: Knowledge): Promise<void> {
  const graph = graphOfCase(test, knowledge);
  const target = test.target ?? test.outputs?.[0] ?? "y";
  const floats = Object.keys(test.inputs).filter((name) => !test.inputs[name]?.integers);
  const wanted = test.wrt ?? floats;
  const wrt = new Map(wanted.map((name) => [name, `d${name}`]));
  const both = differentiate(graph, { target, seed: "seed", wrt }, rulesUnderTest);
  const [forward, backward] = [await sessionOf(graph), await sessionOf(both)];
  const random = randomNumbers(7);
  const values = new Map(
    Object.entries(test.inputs).map(([name, { dims, integers, values: given, low = -1.5, high = 1.5 }]) => {
      const count = dims.reduce((product, dim) => product * dim, 1);
      return [name, integers ?? given ?? Array.from({ length: count }, () => low + (high - low) * random())];
    }),
  );
  const feedsOf = (current: ReadonlyMap<string, readonly number[]>, session: InferenceSession) =>
    Object.fromEntries(
      [...current]
        .filter(([name]) => session.inputNames.includes(name))
        .map(([name, numbers]) => {
          const { dims, integers } = test.inputs[name] ?? { dims: [] };
          return [name, integers ? integersTensor(numbers, dims) : floatsTensor(numbers, dims, !test.single)];
        }),
    );
  const result = (await forward.run(feedsOf(values, forward)))[target];
  const seed = Array.from({ length: result?.size ?? 0 }, () => 0.5 + random());
  const targetOf = async (current: ReadonlyMap<string, readonly number[]>) => {
    const y = numbersIn((await forward.run(feedsOf(current, forward)))[target]);
    return y.reduce((sum, value, i) => sum + value * (seed[i] ?? 0), 0);
  };
  const feeds = { ...feedsOf(values, backward), seed: floatsTensor(seed, result?.dims ?? [], !test.single) };
  const gradients = await backward.run(feeds);
  // Doubles allow a step where neither curvature nor rounding shows; single floats need a long one and four points.
  const h = test.single ? 0.03 : 1e-4;
  for (const name of wanted) {
    const start = values.get(name) ?? [];
    const expected: number[] = [];
    for (let i = 0; i < start.length; i++) {
      const at = (step: number) =>
        targetOf(new Map([...values, [name, start.map((v, j) => (i === j ? v + step : v))]]));
      const [a, b, c, d] = [await at(-2 * h), await at(-h), await at(h), await at(2 * h)];
      expected.push((a - 8 * b + 8 * c - d) / (12 * h));
    }
    const gradient = gradients[`d${name}`];
    expect(gradient?.dims, name).toEqual(test.inputs[name]?.dims);
    const actual = numbersIn(gradient);
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const error = actual.reduce((most, value, i) => {
      const difference = Math.abs(value - (expected[i] ?? Number.NaN)) / largest;
      return difference <= most ? most : difference;
    }, 0);
    const key = `${family} (${test.single ? "single" : "double"})`;
    errors.set(key, Math.max(errors.get(key) ?? 0, error));
    expect(error, `∂${name}`).toBeLessThan(test.single ? 1e-4 : 1e-7);
  }
  await forward.release();
  await backward.release();
}

const families: Readonly<Record<string, readonly RuleCase[]>> = {
  arithmetic: arithmeticCases,
  functions: functionCases,
  products: productCases,
  reductions: reductionCases,
  movement: movementCases,
};

for (const [family, cases] of Object.entries(families)) {
  describe(`rules of ${family} agree with finite differences`, () => {
    for (const test of cases) {
      const kinds: Knowledge[] = ["known", "named", ...(test.ranked ? [] : (["unknown"] as const))];
      it.each(kinds)(`${test.operator}, ${test.what}, shapes %s`, (knowledge) => check(family, test, knowledge));
    }
    it("says how far they are away", () => {
      for (const [key, error] of errors) {
        if (key.startsWith(family)) {
          console.log(`${key}: ${error.toExponential(1)}`);
        }
      }
    });
  });
}
