import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { elementTypes } from "../src/graph/elementType";
import { writeModel } from "../src/graph/modelFile";
import type { GraphProto, NodeProto } from "../src/graph/onnxSchema";
import { joinChunks } from "../src/graph/protobufWriter";
import { floatTensor, integerTensor } from "../src/graph/tensor";
import { writeTinyFolder } from "../test/support/tinyModel";
import { graphProto, model, node, shaped, value } from "../test/unit/graph/build";
import { childrenOf, isRunning, startCommandLine } from "./supportCommandLine";
import { bundledModel, writeBertBase } from "./supportModels";

/** What keeps an engine busy, as arguments of the command line. */
interface Situation {
  readonly name: string;
  readonly args: readonly string[];
}

/** Interruptions come this long after the engine has started, in seconds. */
const delays = [0.3, 1, 3];
const rounds = 20_000;
/** What ONNX calls an attribute that is a graph. */
const graphAttribute = 5;

/**
 * Interrupts the command line while its engine does what cannot be interrupted, and prints after how many seconds the program and its engine were gone
 * (polled every 10 ms). A situation that the engine ends by itself says how it ended. `--program FILE` takes another build.
 */
export async function run(args: readonly string[]): Promise<void> {
  const program = args[args.indexOf("--program") + 1 || args.length] ?? "dist/explain.mjs";
  const folder = await mkdtemp(path.join(tmpdir(), "interrupt-"));
  try {
    console.log("situation                      after s   program gone s   engine gone s   status");
    for (const situation of makeSituations(folder)) {
      for (const delay of delays) {
        const cells = await interrupt(situation.args, delay, path.resolve(program));
        const [programGone = "", engineGone = "", status = ""] = cells;
        console.log(
          `${situation.name.padEnd(30)} ${delay.toFixed(1).padStart(7)} ${programGone.padStart(16)} ${engineGone.padStart(15)}   ${status}`,
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function interrupt(args: readonly string[], delay: number, program: string): Promise<string[]> {
  const { child, pid, errors } = startCommandLine(args, program);
  let status: number | string | null = null;
  child.stdout?.resume();
  const ended = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      status = code ?? signal;
      resolve();
    });
  });
  const begun = performance.now();
  let engine = 0;
  // A build that runs models in its own process has no other.
  while (engine === 0 && status === null && performance.now() - begun < 2000) {
    engine = childrenOf(pid)[0] ?? 0;
    await wait(10);
  }
  await wait(delay * 1000);
  if (status !== null) {
    return ["–", "–", `ended by itself with ${status}: ${errors().trim().slice(0, 400)}`];
  }
  const start = performance.now();
  child.kill("SIGINT");
  const programGone = await secondsUntilGone(pid, start);
  const engineGone = engine === 0 ? null : await secondsUntilGone(engine, start);
  if (programGone === null) {
    child.kill("SIGKILL");
  }
  await ended;
  return [shown(programGone), engine === 0 ? "–" : shown(engineGone), String(status)];
}

/** `null` where it is still there after half a minute. */
async function secondsUntilGone(pid: number, start: number): Promise<number | null> {
  while (isRunning(pid)) {
    if (performance.now() - start > 30_000) {
      return null;
    }
    await wait(10);
  }
  return (performance.now() - start) / 1000;
}

function shown(seconds: number | null): string {
  return seconds === null ? "> 30" : seconds.toFixed(2);
}

function makeSituations(folder: string): Situation[] {
  const base = path.join(folder, "base");
  writeBertBase(base);
  const expression = path.join(folder, "expression");
  writeHangingExpression(expression);
  const scan = path.join(folder, "scan");
  writeNestedScan(scan);
  const words = "the film is good and the plot is odd ".repeat(45).trim();
  return [
    { name: "loading 110 million weights", args: ["--model", base, "--method", "random", "a good film"] },
    { name: "DeepLIFT of 405 words", args: ["--method", "deepLift", words] },
    { name: "an expression that hangs", args: ["--model", expression, "a".repeat(5000)] },
    { name: `Scan in Scan, ${rounds} rounds each`, args: ["--model", scan, "--method", "random", "one two"] },
  ];
}

/** The bundled model with a tokenizer that tries 2ⁿ ways through n letters. */
function writeHangingExpression(folder: string): void {
  mkdirSync(folder);
  for (const name of ["config.json", "tokenizer_config.json"]) {
    copyFileSync(path.join(bundledModel, name), path.join(folder, name));
  }
  copyFileSync(path.join(bundledModel, "onnx/model.onnx"), path.join(folder, "model.onnx"));
  const tokenizer: Record<string, unknown> = JSON.parse(
    readFileSync(path.join(bundledModel, "tokenizer.json"), "utf8"),
  );
  tokenizer.pre_tokenizer = { type: "Split", pattern: { Regex: "(a|a)*b" }, behavior: "Isolated", invert: false };
  writeFileSync(path.join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
}

/** A classifier that adds a number to itself for rounds × rounds times. */
function writeNestedScan(folder: string): void {
  mkdirSync(folder);
  writeTinyFolder(folder);
  const inner = body("inner", [node("inner.next = Add(inner.state, inner.row)")]);
  const outer = body("outer", [scanNode("outer.next", ["outer.state", "rows"], inner)]);
  const nodes = [
    node("floats = Cast(input_ids)", { to: elementTypes.float32 }),
    node("sum = ReduceSum(floats, last)", { keepdims: 1 }),
    node("logits.plain = MatMul(sum, classes)"),
    node("zero = ReduceMin(floats)", { keepdims: 0 }),
    scanNode("end", ["zero", "rows"], outer),
    node("logits = Add(logits.plain, end)"),
  ];
  const weights = [
    floatTensor("classes", [1, 3], Float32Array.of(1, 2, 3)),
    floatTensor("rows", [rounds], new Float32Array(rounds)),
    integerTensor("last", [1], [1n]),
  ];
  const inputs = [shaped("input_ids", ["batch", "sequence"], elementTypes.int64)];
  const file = writeModel(model(graphProto(nodes, inputs, ["logits"], weights)));
  writeFileSync(path.join(folder, "model.onnx"), joinChunks(file));
}

function body(name: string, nodes: readonly NodeProto[]): GraphProto {
  return { ...graphProto(nodes, [value(`${name}.state`), value(`${name}.row`)], [`${name}.next`]), name };
}

function scanNode(result: string, inputs: readonly string[], graph: GraphProto): NodeProto {
  const plain = node(`${result} = Scan(${inputs.join(", ")})`, { num_scan_inputs: 1, body: "" });
  const attribute = plain.attribute.map(({ s: _, ...setting }) =>
    setting.name === "body" ? { ...setting, type: graphAttribute, g: graph } : setting,
  );
  return { ...plain, attribute };
}
