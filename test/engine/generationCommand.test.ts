import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { rowsIn } from "../support/fed";
import { streamGolden, writeStreamFolder } from "../support/seq2seq";
import { programs } from "./bundles";
import { run as runProgram } from "./commandLine";

const golden = new URL("../golden/generation/", import.meta.url);
const read = (name: string) => gunzipSync(readFileSync(new URL(name, golden)));
const { cases, surprise } = JSON.parse(read("generated.json.gz").toString()).gpt2;
const [{ prompt, ids, tokens, explained }] = cases;

const model = mkdtempSync(join(tmpdir(), "generation-"));
afterAll(() => rmSync(model, { recursive: true, force: true }));
writeFileSync(join(model, "model.onnx"), read("models/gpt2.past.onnx.gz"));
writeFileSync(join(model, "tokenizer.json"), read("models/byteLevel.tokenizer.json.gz"));
copyFileSync(new URL("models/gpt2.config.json", golden), join(model, "config.json"));

const run = (...args: string[]) => runProgram(programs.commandLine, [...args, "--model", model], "");

describe("the command line with a language model", () => {
  it("generates, and explains the token at a position", async () => {
    const { out, status } = await run(
      prompt,
      ...["--generate", "5", "--position", "3", "--method", "gradientXInput", "--units", "token", "--format", "json"],
    );
    expect(status).toBe(0);
    const { prediction, target, tokens: read, output, attributions } = JSON.parse(out);
    expect(prediction).toMatchObject({ kind: "generated", step: 3, end: "length" });
    expect(prediction.steps.map(({ id }: { id: number }) => id)).toEqual(tokens.slice(0, 5));
    expect(prediction.text.startsWith(output)).toBe(true);
    expect(target).toMatchObject({ kind: "logit", versus: null, position: ids.length + 2 });
    expect(target.value).toBeCloseTo(explained.value, 4);
    expect(read.map(({ segment }: { segment: number }) => segment)).toEqual([...ids.map(() => 0), 2, 2, 2]);
    attributions[0].scores.forEach((score: number, at: number) => {
      expect(score).toBeCloseTo(explained.gradientXInput[at], 3);
    });
  });

  it("explains the last token that was written, or of a text, where that is the position", async () => {
    const at = async (...args: string[]) =>
      JSON.parse((await run(prompt, ...args, "--method", "attention", "--format", "json")).out);
    const written = await at("--generate", "5", "--position", "last");
    expect(written.prediction).toMatchObject({ kind: "generated", step: 4 });
    expect(written.target).toEqual((await at("--generate", "5", "--position", "4")).target);
    const read = await at("--task", "surprise", "--position", "last");
    expect(read.prediction.position).toBe(ids.length - 1);
  });

  it("draws other tokens for another seed, and explains one rather than another word", async () => {
    const drawn = async (seed: string) => {
      const sampling = ["--generate", "8", "--temperature", "1.3", "--top-p", "0.9", "--seed", seed];
      return JSON.parse((await run(prompt, ...sampling, "--method", "attention", "--format", "json")).out).prediction;
    };
    const first = await drawn("1");
    expect(await drawn("1")).toEqual(first);
    expect((await drawn("2")).text).not.toBe(first.text);
    const { out } = await run(
      prompt,
      "--generate",
      "1",
      "--versus",
      "the",
      "--method",
      "attention",
      "--format",
      "json",
    );
    expect(JSON.parse(out).target).toMatchObject({ label: "gain", versus: "the", kind: "log-odds" });
  });

  it("says what a text costs the model, token by token", async () => {
    const { out } = await run(surprise.text, "--task", "surprise", "--method", "attention", "--format", "json");
    const { prediction } = JSON.parse(out);
    expect(prediction.kind).toBe("surprise");
    expect(prediction.perplexity / surprise.perplexity).toBeCloseTo(1, 4);
    prediction.tokens.forEach(({ bits }: { bits: number }, at: number) => {
      expect(bits).toBeCloseTo(surprise.bits[at], 4);
    });
  });

  it.each([
    [["--beams", "2", "--temperature", "1"], "A search with beams draws no tokens."],
    [["--chat", "on"], "The model has no chat template."],
    [["--task", "surprise", "--position", "0"], "Token 0 is the first: there is none before it"],
    [["--generate", "3", "--position", "3"], "There is no token 3 in the continuation, which has 3"],
    [["--pair", "and this"], "A language model goes on with one text."],
    [["--versus", "no such word"], "pieces in the model's vocabulary"],
  ])("says what is wrong with %j", async (args, sentence) => {
    const { out, err, status } = await run(prompt, ...args);
    expect([out, status]).toEqual(["", 1]);
    expect(err).toContain(sentence);
  });

  it.each(["--prefix", "--language"])("refuses %s, which says nothing to it", async (flag) => {
    const { err, status } = await run(prompt, flag, "de");
    expect(status).toBe(2);
    expect(err).toContain(`${flag} has no meaning for`);
  });

  it("says that a text leaves no room", async () => {
    const { err, status } = await run(`${prompt} `.repeat(20));
    expect(status).toBe(1);
    expect(err).toMatch(/^error: text-too-long: .*this model reads at most 64/);
  });
});

describe("the command line with an encoder and a decoder", () => {
  const folder = mkdtempSync(join(tmpdir(), "generation-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const architecture = "MBartForConditionalGeneration";
  const { single } = streamGolden("mbart");
  const text =
    rowsIn(single, "input_ids")[0]
      ?.map((id) => `t${id}`)
      .join(" ") ?? "";
  const { searched, prefixed, told } = single.written;
  const written = async (...args: string[]) => {
    const options = ["--generate", "6", "--method", "attention", "--format", "json", "--model", folder];
    const { out, err } = await runProgram(programs.commandLine, [text, ...args, ...options], "");
    return out === "" ? err : JSON.parse(out).prediction.steps.map(({ id }: { id: number }) => id);
  };

  it("writes what is likeliest among beams, behind a prefix, in a language", async () => {
    writeStreamFolder(folder, "mbart", "decoder_model_merged", { architecture });
    expect(await written("--beams", "3")).toEqual(searched[0]?.tokens);
    expect(await written("--prefix", prefixed.ids.map((id) => `t${id} `).join(""))).toEqual(prefixed.tokens);
    expect(await written("--language", "de")).toContain("error: request-invalid: This model has no languages");
    writeStreamFolder(folder, "mbart", "decoder_model_merged", {
      architecture,
      languages: { [told.language]: "de_DE", 34: "fr_XX" },
    });
    expect(await written("--language", "de")).toEqual(told.forced);
    expect(await written()).toContain("error: request-invalid: This model writes in several languages");
    expect(await written("--language", "xx")).toContain("de_DE, fr_XX");
  });
});
