import { InferenceSession, Tensor } from "onnxruntime-node";
import { plainGradient } from "../../../src/graph/gradient/plainGradient";
import type { Rule, Rules } from "../../../src/graph/gradient/rule";
import { type Graph, graphOf, modelOf } from "../../../src/graph/graph";
import { writeModel } from "../../../src/graph/modelFile";
import type { AttributeProto, NodeProto } from "../../../src/graph/onnxSchema";
import { joinChunks } from "../../../src/graph/protobufWriter";

/** The rules the tests use: those of the product, or with one broken as `BREAK_RULE` says, `MatMul:zero`, to see that a test notices. */
export const rulesUnderTest: Rules = brokenRules(process.env.BREAK_RULE);

function brokenRules(wish: string | undefined): Rules {
  const [operator = "", how = ""] = wish?.split(":") ?? [];
  const rule = plainGradient.get(operator);
  return rule ? new Map([...plainGradient, [operator, broken(rule, how)]]) : plainGradient;
}

function broken(rule: Rule, how: string): Rule {
  return (step) => {
    const { w, x } = step;
    const adjoints = [...rule(step)];
    if (how === "swap") {
      const [first, second] = adjoints.flatMap((adjoint, i) => (adjoint ? [i] : []));
      return adjoints.map((adjoint, i) =>
        i === first ? adjoints[second ?? i] : i === second ? adjoints[first ?? i] : adjoint,
      );
    }
    return adjoints.map((adjoint, i) => {
      const factor = how === "zero" ? 0 : 1.01;
      return adjoint && (() => w.mul(adjoint(), w.number(factor, x[i] ?? "")));
    });
  };
}

/** A session for a graph. */
export async function sessionOf(graph: Graph): Promise<InferenceSession> {
  return InferenceSession.create(joinChunks(writeModel(modelOf(graph))), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
}

/** A graph of a model as tests build it. */
export const graphFrom = graphOf;

/** A tensor of the kind of float that the case is computed in. */
export function floatsTensor(values: readonly number[], dims: readonly number[], double: boolean): Tensor {
  return double
    ? new Tensor("float64", Float64Array.from(values), dims)
    : new Tensor("float32", Float32Array.from(values), dims);
}

/** A tensor of 64-bit integers. */
export function integersTensor(values: readonly number[], dims: readonly number[]): Tensor {
  return new Tensor("int64", BigInt64Array.from(values.map(BigInt)), dims);
}

/** The elements of a tensor as numbers. */
export function numbersIn(tensor: Tensor | undefined): number[] {
  return Array.from(tensor?.data as ArrayLike<number | bigint>, Number);
}

/** A node with settings that are fractions, which the product never writes. */
export function withFractions(node: NodeProto, fractions: Readonly<Record<string, number>>): NodeProto {
  const blank = { floats: [], ints: [], strings: [], tensors: [], graphs: [], sparseTensors: [] };
  const added = Object.entries(fractions).map(([name, f]): AttributeProto => ({ ...blank, name, f, type: 1 }));
  return { ...node, attribute: [...node.attribute, ...added] };
}
