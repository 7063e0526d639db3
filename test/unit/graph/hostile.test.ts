import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { makeExplainable } from "../../../src/graph/explainable";
import { writeModel } from "../../../src/graph/modelFile";
import type { NodeProto } from "../../../src/graph/onnxSchema";
import { joinChunks } from "../../../src/graph/protobufWriter";
import { readGraph } from "../../../src/graph/readGraph";
import { countWork, type WorkCounter } from "../../support/work";
import { attentionBlock, blockInputs, blockWeights, graphProto, model, node, randomNumbers, value } from "./build";

const fixtures = fileURLToPath(new URL("../../fixtures/graph/", import.meta.url));

/** The files below take 27 million at most; one that is searched again for each of its nodes takes billions. */
const mostSteps = 50_000_000;
/** A file is copied a few times at most. */
const mostBytes = 8_000_000;

type Random = () => number;

function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

/** Ways to damage a file; each gets a copy of its own. */
const damages: Readonly<Record<string, (bytes: Uint8Array, random: Random) => Uint8Array>> = {
  "one bit flipped": (bytes, random) => {
    const at = below(random, bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
    return bytes;
  },
  "twenty bits flipped": (bytes, random) => {
    for (let i = 0; i < 20; i++) {
      const at = below(random, bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
    }
    return bytes;
  },
  "cut short": (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  "a stretch of 255": (bytes, random) => bytes.fill(255, below(random, bytes.length)).fill(0, bytes.length - 100),
  "lengths that lie": (bytes, random) => {
    // Among descriptions, not weights: a tag of a length-delimited field, then another length.
    for (let tries = 0; tries < 1000; tries++) {
      const at = below(random, bytes.length - 2);
      if (((bytes[at] ?? 0) & 7) === 2 && (bytes[at] ?? 0) < 0x80) {
        bytes[at + 1] = below(random, 256);
        return bytes;
      }
    }
    return bytes;
  },
  "a stretch moved": (bytes, random) => bytes.copyWithin(below(random, bytes.length), below(random, bytes.length)),
};

/** Rewrites a damaged file; anything but an {@link ExplainError} fails the test. Returns what happened. */
function attempt(file: Uint8Array): string {
  try {
    makeExplainable(readGraph(file, () => new Uint8Array(0)));
    return "read";
  } catch (error) {
    if (!(error instanceof ExplainError)) {
      throw error;
    }
    return error.reason;
  }
}

/** Expects that what has been done since the last look at the counter is no more than one file may take. */
function expectLittleWork(counter: WorkCounter): void {
  const { steps, bytes } = counter.taken();
  expect(steps).toBeLessThan(mostSteps);
  expect(bytes).toBeLessThan(mostBytes);
}

describe("damaged model files", () => {
  // The last one is nearly all description, so that damage hits more than weights.
  const originals = [
    readFileSync(`${fixtures}bert-sdpa-ts14.onnx`),
    readFileSync(`${fixtures}roberta-eager-dynamo18.onnx`),
    joinChunks(writeModel(model(graphProto(attentionBlock("a", "x"), blockInputs, ["a.out"], blockWeights)))),
  ];

  it.each(Object.entries(damages))("%s, 300 times: read or refused, with so much work at most", (_, damage) => {
    const random = randomNumbers(1);
    const counter = countWork();
    const seen = new Map<string, number>();
    for (let i = 0; i < 300; i++) {
      const original = originals[i % originals.length] ?? new Uint8Array();
      const damaged = damage(new Uint8Array(original), random);
      const outcome = attempt(damaged);
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      // A look takes longer than these files: twenty together stay below what one may take.
      if (i % 20 === 19) {
        expectLittleWork(counter);
      }
    }
    counter.end();
    expect([...seen.keys()].filter((reason) => reason === "internal")).toEqual([]);
    expect(seen.size).toBeGreaterThan(0);
  });

  it("every cut of the description of a small model", () => {
    const file = joinChunks(writeModel(model(graphProto([node("y = Relu(x)")], [value("x")], ["y"]))));
    expect(attempt(file)).toBe("read");
    for (let length = 0; length < file.length; length++) {
      expect(attempt(file.subarray(0, length))).not.toBe("read");
    }
  });

  it.each([
    ["nothing", new Uint8Array(0)],
    ["text", new TextEncoder().encode("# A read-me file\n\nnot a model.\n".repeat(50))],
    ["a page", new TextEncoder().encode("<!DOCTYPE html><html><body>404</body></html>")],
    [
      "a pointer to large storage",
      new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    ],
    ["zeros", new Uint8Array(10_000)],
  ])("%s instead of a model", (_, bytes) => {
    expect(attempt(bytes)).toBe("model-file-corrupt");
  });
});

describe("models built to be slow", () => {
  const chain = (length: number, line: (i: number) => string): NodeProto[] =>
    Array.from({ length }, (_, i) => node(line(i)));

  function file(nodes: readonly NodeProto[]): Uint8Array {
    const last = nodes.at(-1)?.output[0] ?? "x";
    return joinChunks(writeModel(model(graphProto(nodes, [value("x")], [last]))));
  }

  function counted(model: Uint8Array): string {
    const counter = countWork();
    try {
      const outcome = attempt(model);
      expectLittleWork(counter);
      return outcome;
    } finally {
      counter.end();
    }
  }

  it("a long chain that many Softmax search back through", () => {
    const adds = chain(6_000, (i) => `a${i} = Add(${i === 0 ? "x" : `a${i - 1}`}, x)`);
    const softmaxes = chain(900, (i) => `s${i} = Softmax(a5999)`);
    const sums = chain(900, (i) => `t${i} = Add(${i === 0 ? "x" : `t${i - 1}`}, s${i})`);
    expect(counted(file([...adds, ...softmaxes, ...sums]))).toBe("read");
  });

  it("thousands of attention maps on one another", () => {
    const nodes = Array.from({ length: 5_000 }, (_, i) => {
      const from = i === 0 ? "x" : `o${i - 1}`;
      return [
        node(`p${i} = MatMul(${from}, ${from})`),
        node(`s${i} = Softmax(p${i})`),
        node(`o${i} = MatMul(s${i}, ${from})`),
      ];
    }).flat();
    expect(counted(file(nodes))).toBe("model-unsupported");
    expect(counted(file(nodes.slice(0, 3 * 900)))).toBe("read");
  });

  it("many lookups behind a long chain of casts", () => {
    const casts = chain(6_000, (i) => `a${i} = Identity(${i === 0 ? "x" : `a${i - 1}`})`);
    const reshapes = chain(6_000, (i) => `b${i} = Reshape(${i === 0 ? "a5999" : `b${i - 1}`}, x)`);
    const sums = chain(1_900, (i) => `c${i} = Gather(${i === 0 ? "x" : `c${i - 1}`}, b5999)`);
    expect(counted(file([...casts, ...reshapes, ...sums]))).toBe("read");
  });

  it("a node that reads the same thousands of values as the next", () => {
    const values = chain(3_000, (i) => `a${i} = Relu(x)`);
    const all = values.map((n) => n.output[0]).join(", ");
    const sums = chain(100, (i) => `y${i} = Sum(${i === 0 ? "x" : `y${i - 1}`}, ${all})`);
    expect(counted(file([...sums.toReversed(), ...values, node("z = Relu(y99)")]))).toBe("read");
  });
});
