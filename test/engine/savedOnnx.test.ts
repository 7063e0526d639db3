import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, type Tensor } from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import { EngineClient } from "../../src/engineClient/engineClient";
import { joinGraphs } from "../../src/graph/joined";
import { readGraph } from "../../src/graph/readGraph";
import { makeShipped } from "../../src/graph/shipped";
import { isCheckpoint } from "../../src/models/checkpoint/checkpointFiles";
import { readCheckpoint } from "../../src/models/checkpoint/readCheckpoint";
import { openModelFolder } from "../../src/models/folder";
import { ModelFiles } from "../../src/models/modelFiles";
import { saveOnnx } from "../../src/models/saving/saveOnnx";
import { adapterGolden, writeAdapter } from "../support/adapterCorpus";
import { type CheckpointGolden, checkpointGolden, checkpointNames, safetensorsFile } from "../support/checkpointCorpus";
import { storedFloats } from "../support/corpus";
import { feedsOf, largest, largestDifference, openSession, runFloats } from "../support/corpusMeasure";
import { writeNumberedWords } from "../support/seq2seq";
import { until } from "../support/until";
import { programs } from "./bundles";
import { run } from "./commandLine";

const root = mkdtempSync(join(tmpdir(), "saved-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const place = () => mkdtempSync(join(root, "place-"));
/** A folder whose model reads only 5 tokens is not opened. */
const tooShort = "llama.states.dynamic";
const isPair = (name: string) => checkpointGolden(name).inputs.decoder_input_ids !== undefined;
const single = checkpointNames().filter((name) => name !== tooShort && !isPair(name));
const pairs = checkpointNames().filter(isPair);

function writeCheckpoint(name: string): string {
  const folder = join(place(), "checkpoint");
  mkdirSync(folder);
  const { config, tensors } = checkpointGolden(name);
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, dtype: "bfloat16" }));
  writeFileSync(join(folder, "model.safetensors"), safetensorsFile(tensors, "BF16"));
  writeNumberedWords(folder);
  return folder;
}

async function saved(directory: string, output = join(place(), "saved")): Promise<string> {
  const { signal } = new AbortController();
  await saveOnnx({ directory, file: null }, { output, isReplacing: false, signal, report: () => undefined });
  return output;
}

type Asked = Pick<CheckpointGolden, "inputs" | "outputs">;

/** The outputs of a folder's model as the product runs it. */
async function outputsOf(directory: string, asked: Asked): Promise<Float32Array[]> {
  const folder = await openModelFolder({ directory, file: null });
  const files = new ModelFiles(folder);
  const read = (file: string) =>
    readGraph(files.model(file), (location, offset, length) => files.weights(location, offset, length));
  const { graph } = isCheckpoint(folder.file)
    ? readCheckpoint(folder, files, null)
    : folder.encoder
      ? joinGraphs(read(folder.encoder.file), read(folder.file))
      : read(folder.file);
  return await Promise.all(
    Object.keys(asked.outputs).map(async (output) => {
      const { model, inputs, logits } = makeShipped(graph, output);
      const session = await openSession(model);
      const { data } = (await runFloats(session, feedsOf(asked, inputs)))(logits);
      await session.release();
      return data;
    }),
  );
}

/** What an encoder and a decoder give one after the other by the runtime alone. */
async function plainPairOf(directory: string, { inputs }: Asked): Promise<Float32Array[]> {
  const open = (name: string) => InferenceSession.create(join(directory, "onnx", name));
  const [encoder, decoder] = await Promise.all([open("encoder_model.onnx"), open("decoder_model.onnx")]);
  const named = (session: InferenceSession) => session.inputNames.map((name) => ({ name }));
  const { last_hidden_state: states } = await encoder.run(feedsOf({ inputs }, named(encoder)));
  const { input_ids: ids, attention_mask: mask } = feedsOf(
    { inputs: { input_ids: inputs.decoder_input_ids ?? [], attention_mask: inputs.attention_mask ?? [] } },
    [{ name: "input_ids" }, { name: "attention_mask" }],
  );
  expect([...decoder.inputNames].sort()).toEqual(["encoder_attention_mask", "encoder_hidden_states", "input_ids"]);
  const feeds = { encoder_hidden_states: states, encoder_attention_mask: mask, input_ids: ids };
  const result = await runFloats(decoder, feeds as Record<string, Tensor>);
  await Promise.all([encoder.release(), decoder.release()]);
  return [result("logits").data];
}

/** The same by the runtime alone, which is given nothing but the file's path. */
async function plainOutputsOf(directory: string, asked: Asked): Promise<Float32Array[]> {
  const session = await InferenceSession.create(join(directory, "onnx", "model.onnx"));
  const names = session.inputNames.map((name) => ({ name }));
  const result = await runFloats(session, feedsOf(asked, names));
  await session.release();
  return Object.keys(asked.outputs).map((output) => result(output).data);
}

const farthest = (some: readonly Float32Array[], others: readonly Float32Array[]) =>
  Math.max(...some.map((values, at) => largestDifference(values, others[at] ?? new Float32Array())));

describe("a checkpoint saved as ONNX", () => {
  it.each(single)("gives the same numbers: %s", async (name) => {
    const golden = checkpointGolden(name);
    const checkpoint = writeCheckpoint(name);
    const output = await saved(checkpoint);
    const expected = await outputsOf(checkpoint, golden);
    expect(farthest(await outputsOf(output, golden), expected)).toBeLessThanOrEqual(1e-6);
    expect(farthest(await plainOutputsOf(output, golden), expected)).toBeLessThanOrEqual(1e-6);
    expect(readdirSync(output).sort()).toEqual(["config.json", "onnx", "tokenizer.json", "tokenizer_config.json"]);
    expect(JSON.parse(readFileSync(join(output, "config.json"), "utf8"))).toMatchObject({ dtype: "float32" });
  });

  it.each(pairs)("gives the same numbers as an encoder and a decoder: %s", async (name) => {
    const golden = checkpointGolden(name);
    const checkpoint = writeCheckpoint(name);
    const output = await saved(checkpoint);
    const expected = await outputsOf(checkpoint, golden);
    expect(farthest(await outputsOf(output, golden), expected)).toBeLessThanOrEqual(1e-6);
    expect(farthest(await plainPairOf(output, golden), expected)).toBeLessThanOrEqual(1e-6);
  });

  it("is merged with its adapter", async () => {
    const golden = adapterGolden("bert.classes");
    const base = join(place(), "base");
    const own = join(base, "..", "adapter");
    writeAdapter(golden, base, own);
    writeNumberedWords(base);
    const output = await saved(own);
    const torch = Object.values(golden.outputs).map(storedFloats);
    const differs = farthest(await plainOutputsOf(output, golden), torch);
    expect(differs / Math.max(...torch.map(largest))).toBeLessThan(1e-5);
    expect(existsSync(join(output, "adapter_config.json"))).toBe(false);
  });

  it("is refused for a model that is ONNX already", async () => {
    const output = await saved(writeCheckpoint("bert.classes"));
    await expect(saved(output)).rejects.toMatchObject({ reason: "model-unsupported" });
  });

  it("leaves nothing when it is cancelled in the midst", async () => {
    const parent = place();
    const controller = new AbortController();
    const saving = saveOnnx(
      { directory: writeCheckpoint("bert.classes"), file: null },
      {
        output: join(parent, "saved"),
        isReplacing: false,
        signal: controller.signal,
        report: (done, total) => done > total / 2 && controller.abort(),
      },
    );
    await expect(saving).rejects.toMatchObject({ reason: "cancelled" });
    expect(readdirSync(parent)).toEqual([]);
  });

  it("is saved by the engine process, which says how far it is and leaves nothing when it is cancelled", async () => {
    const client = new EngineClient({
      modulePath: programs.engine,
      options: { threads: 1, memoryMegabytes: 512 },
      log: () => undefined,
    });
    try {
      const parent = place();
      const model = { directory: writeCheckpoint("bert.classes"), file: null };
      const asked = { model, output: join(parent, "saved"), isReplacing: false };
      const heard: (readonly [number, number])[] = [];
      const bytes = await client.save(asked, undefined, ({ done, total }) => heard.push([done, total]));
      expect(heard.at(-1)).toEqual([bytes, bytes]);
      const controller = new AbortController();
      const other = { ...asked, output: join(parent, "other") };
      const cancelled = client.save(other, controller.signal, () => controller.abort());
      await expect(cancelled).rejects.toMatchObject({ reason: "cancelled" });

      await until(() => readdirSync(parent).length === 1 || undefined, "nothing but the saved model");
      expect(readdirSync(parent)).toEqual(["saved"]);
    } finally {
      client.dispose();
    }
  });

  it("is saved by the command line, which replaces a saved model only when told", async () => {
    const output = join(place(), "saved");
    const save = ["models", "save", writeCheckpoint("bert.classes"), "--output", output];
    expect(await run(programs.commandLine, save)).toMatchObject({ status: 0, out: `${output}\n` });
    expect(await run(programs.commandLine, save)).toMatchObject({ status: 2, out: "" });
    const again = await run(programs.commandLine, [...save, "--yes", "--format", "json"]);
    expect(JSON.parse(again.out)).toMatchObject({ model: { directory: output } });
    expect(await run(programs.commandLine, ["models", "save", "x"])).toMatchObject({ status: 2 });
  });
});
