import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elementTypes } from "../../src/graph/elementType";
import { writeModel } from "../../src/graph/modelFile";
import { joinChunks } from "../../src/graph/protobufWriter";
import { floatTensor, integerTensor } from "../../src/graph/tensor";
import { writeTinyFolder } from "../support/tinyModel";
import { graphProto, model, node, shaped } from "../unit/graph/build";
import { programs } from "./bundles";
import { run as runProgram } from "./commandLine";
import { sentiment, small } from "./support";

const program = programs.commandLine;
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-"));
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs the command line as a shell would. */
const run = (args: readonly string[], input: string | Uint8Array = "") => runProgram(program, args, input);

const bundled = ["--model", sentiment.directory];
/** For what does not hang on what a model says. */
const any = ["--model", small.directory];

/** One JSON result without times. */
function withoutTimes(text: string): string {
  return text.replace(/"milliseconds":[\d.e+-]+/g, "");
}

describe("the command line", () => {
  it("prints one JSON object, the same bytes for the same arguments", async () => {
    const args = [
      "A gorgeous, witty film.",
      "--format",
      "json",
      "--method",
      "lime,rollout,occlusion,random",
      ...bundled,
    ];
    const [first, second] = [await run(args), await run(args)];
    expect(first).toMatchObject({ status: 0, err: "" });
    expect(withoutTimes(second.out)).toBe(withoutTimes(first.out));
    expect(first.out.endsWith("\n")).toBe(true);
    const result = JSON.parse(first.out);
    expect(result).toMatchObject({
      schema: 2,
      text: "A gorgeous, witty film.",
      target: { label: "positive", position: null },
    });
    expect(result.model).toMatchObject({ id: "sentiment", file: "onnx/model.onnx", task: "text-classification" });
    expect(result.attributions.map(({ method }: { method: string }) => method)).toEqual([
      "lime",
      "rollout",
      "occlusion",
      "random",
    ]);
    expect(result.attributions[0].scores).toHaveLength(result.tokens.length);
    const { lookers, ...attention } = result.attention;
    expect(attention).toEqual({ layers: 6, heads: 12, kind: "self", matrices: [] });
    expect(lookers).toHaveLength(result.tokens.length);
    const [best, other] = result.prediction.classes;
    expect(best.probability).toBeGreaterThan(other.probability);
  });

  it.each([
    ["--generate", "3"],
    ["--chat", "on"],
    ["--aggregation", "max"],
    ["--threshold", "0.3"],
  ])("refuses %s %s, which a classifier does not read", async (...flags) => {
    const { out, err, status } = await run(["Fine.", ...flags]);
    expect([out, status]).toEqual(["", 2]);
    expect(err).toContain(`${flags[0]} has no meaning for text classification.`);
  });

  it("takes the bundled model by default and by its name", async () => {
    const { out } = await run(["Fine.", "--format", "json", "--model", "sentiment", "--method", "random"]);
    expect(JSON.parse(out).model.id).toBe("sentiment");
  });

  it("includes the matrices asked for", async () => {
    const { out } = await run(["A film", "--format", "json", "--method", "rollout", "--attention", "2,3", ...bundled]);
    const { matrices } = JSON.parse(out).attention;
    expect(matrices).toHaveLength(1);
    expect(matrices[0]).toMatchObject({ layer: 2, head: 3 });
    expect(matrices[0].values.map((row: number[]) => row.length)).toEqual([4, 4, 4, 4]);
    expect(matrices[0].values[0].reduce((sum: number, weight: number) => sum + weight, 0)).toBeCloseTo(1, 5);
  });

  it("reads standard input without the shell's line end, and CRLF in it as an editor does", async () => {
    const { out } = await run(["-", "--format", "json", "--method", "random", ...bundled], "\ufeffgood\r\nfilm\r\n");
    const { text, reading, tokens } = JSON.parse(out);
    expect({ text, reading }).toEqual({ text: "good\nfilm", reading: [{ start: 0, end: 10, as: "raw" }] });
    expect(tokens[2]).toMatchObject({ text: "film", start: 6, end: 10 });
    const binary = await run(["-", ...bundled], Buffer.from([0xff, 0xfe, 0x00]));
    expect(binary).toMatchObject({ status: 1, out: "" });
    expect(binary.err).toMatch(/^error: input-unreadable: /);
  });

  it.each([
    ["text-empty", ["  "]],
    ["text-binary", ["-"]],
    ["text-too-long", ["x ".repeat(50_000)]],
    ["label-unknown", ["fine", "--target", "happy"]],
    ["method-unavailable", ["fine", "--method", "attention", "--layer", "9"]],
    ["model-missing", ["fine", "--model", "no/such/folder"]],
    ["model-file-unsafe", ["fine", "--file", "../../package.json"]],
  ] as const)("ends with 1 and %s on standard error only", async (reason, args) => {
    const { status, out, err } = await run([...args, ...(args.includes("--model" as never) ? [] : any)], "PK\0\0");
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toMatch(new RegExp(`^error: ${reason}: [^\\n]+[.!]\\n$`));
  });

  it("ends with 2 for wrong usage and methods that are not there", async () => {
    expect(await run([])).toMatchObject({ status: 2, out: "" });
    expect((await run(["x", "--method", "magic"])).err).toMatch(/^error: method-unknown: /);
    expect(await run(["x", "--method", "magic"])).toMatchObject({ status: 2, out: "" });
  });

  it("writes nothing on standard output when the model cannot be used, not even a table's header", async () => {
    const file = join(folder, "two.txt");
    await writeFile(file, "good\nbad\n");
    const { status, out } = await run(["--model", "test", "--input", file, "--format", "csv", "--method", "random"]);
    expect(status).toBe(1);
    expect(out).toBe("");
  });

  it("explains each line of a file; failing lines become errors in their place", async () => {
    const file = join(folder, "reviews.csv");
    await writeFile(file, '\ufeffid,review\r\n1,"good, really"\r\n2,\r\n3\r\n4,bad\r\n');
    const { status, out, err } = await run(["--input", file, "--column", "review", "--method", "random", ...bundled]);
    expect(status).toBe(1);
    expect(err).toBe("2 of 4 lines failed.\n");
    const results = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(results.map(({ line, text, error }) => [line, text ?? error.reason])).toEqual([
      [2, "good, really"],
      [3, "text-empty"],
      [4, "input-unreadable"],
      [5, "bad"],
    ]);
    const tabular = await run([
      "--input",
      file,
      "--column",
      "review",
      "--method",
      "random",
      "--format",
      "csv",
      ...bundled,
    ]);
    expect(tabular.out.split("\n")[0]).toBe(
      "line,method,units,index,segment,start,end,text,score,standardError,prediction,probability,logit,target,versus",
    );
    expect(tabular.out.split("\n").filter((line) => line.startsWith("2,random"))).toHaveLength(3);
  });

  it("stops at once when the fault is the model's, not a line's", async () => {
    const file = join(folder, "a.txt");
    await writeFile(file, "one\ntwo\n");
    expect(await run(["--input", file, "--target", "happy", ...any])).toMatchObject({ status: 1, out: "" });
  });

  it("writes a file instead, and none when it fails", async () => {
    const file = join(folder, "out.html");
    const { out, status } = await run(["<script>alert(1)</script> good", "--format", "html", "--output", file, ...any]);
    expect({ out, status }).toEqual({ out: "", status: 0 });
    const html = await readFile(file, "utf8");
    expect(html).not.toContain("<script>");
    expect(html).toContain("&lt;");
    const failed = join(folder, "none.json");
    expect((await run(["", "--output", failed, ...any])).status).toBe(1);
    await expect(stat(failed)).rejects.toThrow();
    expect((await run(["x", "--output", join(folder, "no/such/place.json"), ...any])).err).toMatch(/cannot be written/);
  });

  it("gives scores per word with their ranges", async () => {
    const { out } = await run(["Unsubtle, witty!", "--units", "word", "--format", "json", ...any]);
    const [lime] = JSON.parse(out).attributions;
    expect(lime.units).toBe("word");
    expect(lime.parameters.features).toBe("word");
    expect(
      lime.ranges.map(({ start, end }: { start: number; end: number }) => "Unsubtle, witty!".slice(start, end)),
    ).toEqual(["Unsubtle", ",", "witty", "!"]);
    expect(lime.scores).toHaveLength(4);
  });

  it("says how much relevance misses", async () => {
    const { out } = await run(["--method", "lrp", ...bundled, "Unsubtle, but witty!"]);
    expect(out).toMatch(
      /missing from the sum, as a share 0\.\d+, biases \S+, positions and segments \S+, Softmax and the rest \S+, 1 evaluation\b/,
    );
    expect(out).toMatch(
      /The scores miss the target by [\d.]+ %: biases take \S+, positions and segments \S+, Softmax and the rest \S+\./,
    );
  });

  it("lists and describes models", async () => {
    expect((await run(["models"])).out).toMatch(
      /^sentiment +.*models.sentiment \(bundled\) text-classification, bert, int8\n/,
    );
    const listed = JSON.parse((await run(["models", "--format", "json"])).out);
    expect(listed.models[0]).toMatchObject({ id: "sentiment", usable: true, file: "onnx/model.onnx" });
    const inspected = JSON.parse((await run(["inspect", "--format", "json", ...bundled])).out);
    expect(inspected).toMatchObject({ layers: 6, heads: 12, attentionKind: "self", maxTokens: 512 });
    expect(inspected.graph).toMatchObject({
      embedding: { vocabulary: 30522, width: 384, input: "input_ids" },
      attention: [{ stream: "main", kind: "self", layers: 6, heads: 12, valueVectors: 6, projections: 6 }],
      hiddenStates: [{ stream: "main", count: 7 }],
      logits: "logits",
    });
    expect(inspected.graph.attention[0].windows).toEqual([null, null, null, null, null, null]);
    expect((await run(["inspect", ...bundled])).out).toMatch(/deepLift +available/);
    expect((await run(["--help"])).out).toContain("--sampling adaptive|plain");
    expect((await run(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("a model that says how many classes it has only by its numbers", () => {
  it("is explained, and gets numbers for labels", async () => {
    const directory = join(folder, "three");
    await mkdir(directory);
    writeTinyFolder(directory);
    await writeFile(
      join(directory, "config.json"),
      JSON.stringify({ architectures: ["BertForSequenceClassification"], max_position_embeddings: 20 }),
    );
    const nodes = [
      node("floats = Cast(input_ids)", { to: elementTypes.float32 }),
      node("sum = ReduceSum(floats, last)", { keepdims: 1 }),
      node("logits = MatMul(sum, classes)"),
    ];
    const weights = [floatTensor("classes", [1, 3], Float32Array.of(0.1, 0.2, 0.3)), integerTensor("last", [1], [1n])];
    const inputs = [shaped("input_ids", ["batch", "sequence"], elementTypes.int64)];
    await writeFile(
      join(directory, "model.onnx"),
      joinChunks(writeModel(model(graphProto(nodes, inputs, ["logits"], weights)))),
    );
    const { out, err } = await run(["one two", "--model", directory, "--method", "random", "--format", "json"]);
    expect(err).toBe("");
    const { prediction } = JSON.parse(out);
    expect(prediction.classes.map(({ label }: { label: string }) => label)).toEqual(["LABEL_2", "LABEL_1", "LABEL_0"]);
  });
});

describe("what a person is told", () => {
  it.each([
    [["", ...any], "text-empty: There is no text to explain. Give at least one word."],
    [["a".repeat(20_001), ...any], /^text-too-long: .* Give a shorter text\.$/],
  ])("is what can be done on a command line: %#", async (args, sentence) => {
    const { status, err } = await run(args);
    expect(status).toBe(1);
    expect(err.replace(/^error: |\n$/g, "")).toEqual(
      typeof sentence === "string" ? sentence : expect.stringMatching(sentence),
    );
  });

  it("is so for the lines of a file too", async () => {
    const file = join(folder, "empty.csv");
    await writeFile(file, 'text\n" "\n');
    const { out } = await run(["--input", file, ...any]);
    expect(JSON.parse(out).error.message).toBe("There is no text to explain. Give at least one word.");
  });

  it("is how a tokenizer.json is made where there is none", async () => {
    const directory = join(folder, "no-tokenizer");
    await mkdir(directory);
    writeTinyFolder(directory);
    await rm(join(directory, "tokenizer.json"));
    await writeFile(join(directory, "model.onnx"), "x");
    const { status, err } = await run(["x", "--model", directory]);
    expect(status).toBe(1);
    expect(err).toMatch(/^error: model-missing: There is no tokenizer\.json in .*AutoTokenizer.*save_pretrained/);
  });
});

describe("a page", () => {
  it("shows the heads that were asked for as pictures", async () => {
    const { out } = await run([
      "good film",
      "--method",
      "random",
      "--attention",
      "0,1",
      "--format",
      "html",
      ...bundled,
    ]);
    expect(out).toMatch(
      /<img src="data:image\/png;base64,[^"]+" alt="Layer 0, head 1: 4 by 4 weights, at most 0\.\d{3}">/,
    );
  });
});
