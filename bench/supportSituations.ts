import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { ExplainProgress } from "../src/common/engineProtocol";
import type { MethodId } from "../src/common/method";
import { readModel, writeModel } from "../src/graph/modelFile";
import type { AttributeProto, GraphProto, NodeProto } from "../src/graph/onnxSchema";
import { joinChunks } from "../src/graph/protobufWriter";
import { floatTensor } from "../src/graph/tensor";
import { graphProto, node, value } from "../test/unit/graph/build";
import { writeBertBase, writeTinyBert } from "./supportModels";

/** Something that keeps the engine's main thread busy, so that only another thread or process can end it. */
export interface Situation {
  readonly name: string;
  /** The folder of the model. */
  readonly model: string;
  readonly text: string;
  readonly method: MethodId;
  /** The phase of the progress with which it begins. */
  readonly phase: ExplainProgress["phase"];
  /** How long after that it is in full swing, in milliseconds. */
  readonly after: number;
}

/** Makes the models of the four situations in a folder: loading, one long run, an expression and nested loops that do not end. */
export function makeSituations(folder: string): Situation[] {
  const place = (name: string) => join(folder, name);
  writeBertBase(place("base"));
  writeTinyBert(place("expression"));
  writeExpression(place("expression"));
  writeTinyBert(place("scan"));
  writeNestedScan(place("scan"));
  const words = Array.from({ length: 400 }, (_, index) => (index % 2 === 0 ? "good" : "film")).join(" ");
  return [
    { name: "loading BERT-base", model: place("base"), text: "good", method: "rollout", phase: "loading", after: 300 },
    {
      name: "DeepLIFT of 400 words",
      model: place("base"),
      text: words,
      method: "deepLift",
      phase: "deepLift",
      after: 8000,
    },
    {
      name: "hanging expression",
      model: place("expression"),
      text: "a".repeat(5000),
      method: "rollout",
      phase: "loading",
      after: 5000,
    },
    { name: "nested Scan", model: place("scan"), text: "one two", method: "rollout", phase: "loading", after: 5000 },
  ];
}

/** Seconds until a process is gone, `null` where it is still there after a minute. */
export async function secondsUntilGone(pid: number): Promise<number | null> {
  const start = performance.now();
  while (performance.now() - start < 60_000) {
    if (!isRunning(pid)) {
      return (performance.now() - start) / 1000;
    }
    await wait(10);
  }
  return null;
}

/** Whether a process runs; one that has ended and that nobody has collected yet does not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function writeExpression(folder: string): void {
  const file = join(folder, "tokenizer.json");
  const tokenizer: object = JSON.parse(readFileSync(file, "utf8"));
  const split = { type: "Split", pattern: { Regex: "(a|a)*b" }, behavior: "Isolated", invert: false };
  writeFileSync(file, JSON.stringify({ ...tokenizer, pre_tokenizer: split }));
}

/** Lets the logits of a model wait for 20,000 × 20,000 additions. */
function writeNestedScan(folder: string): void {
  const file = join(folder, "model.onnx");
  const shipped = readModel(readFileSync(file));
  const { graph } = shipped;
  if (!graph) {
    throw new Error(`${file} has no graph`);
  }
  const add = graphProto(
    [node("inner.out = Add(inner.in, inner.x)")],
    [value("inner.in"), value("inner.x")],
    ["inner.out"],
  );
  const again = graphProto(
    [scan("outer.out = Scan(outer.in, rounds)", add)],
    [value("outer.in"), value("outer.x")],
    ["outer.out"],
  );
  const nodes = graph.node.map((each) => ({
    ...each,
    output: each.output.map((name) => (name === "logits" ? "logits.before" : name)),
  }));
  const waiting = [
    node("scan.start = ReduceMax(logits.before)", { keepdims: 0 }),
    scan("scan.end = Scan(scan.start, rounds)", again),
    node("scan.none = Sub(scan.end, scan.start)"),
    node("logits = Add(logits.before, scan.none)"),
  ];
  const rounds = floatTensor("rounds", [20_000], new Float32Array(20_000));
  const changed = { ...graph, node: [...nodes, ...waiting], initializer: [...graph.initializer, rounds] };
  writeFileSync(file, joinChunks(writeModel({ ...shipped, graph: changed })));
}

function scan(line: string, body: GraphProto): NodeProto {
  const plain = node(line, { num_scan_inputs: 1 });
  const lists = { floats: [], ints: [], strings: [], tensors: [], graphs: [], sparseTensors: [] };
  const attribute: AttributeProto = { ...lists, name: "body", g: { ...body, name: "body" }, type: 5 };
  return { ...plain, attribute: [...plain.attribute, attribute] };
}
