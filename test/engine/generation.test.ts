import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributionOf, type ExplainRequest, type Explanation } from "../../src/common/explanation";
import { defaultOptions } from "../../src/common/options";
import type { GeneratedPrediction } from "../../src/common/prediction/generated";
import { createEngine } from "../../src/engine/engine";
import { DecodingSession } from "../../src/engine/generation/decodingSession";
import { type GenerationTask, generate } from "../../src/engine/generation/generate";
import { searchBeams } from "../../src/engine/generation/searchBeams";
import { ModelParts } from "../../src/engine/modelParts";
import { SeededRandom } from "../../src/methods/maths/random";
import { type ModelFolder, openModelFolder } from "../../src/models/folder";
import { readGenerationConfig } from "../../src/models/generationConfig";
import { plainRules } from "../../src/tasks/generation/rules";
import { errorOf, never, reasonOf, requestFor } from "./support";

const golden = new URL("../golden/generation/", import.meta.url);
const read = (name: string) => gunzipSync(readFileSync(new URL(name, golden)));

interface Generated {
  readonly prompt: string;
  readonly ids: readonly number[];
  readonly tokens: readonly number[];
  readonly text: string;
  readonly searched: readonly {
    readonly asked: Readonly<Record<string, unknown>>;
    readonly tokens: readonly number[];
    readonly logProbabilities: readonly number[];
  }[];
  readonly explained: { readonly position: number; readonly value: number; readonly gradientXInput: readonly number[] };
  readonly logProbabilities: readonly number[];
  readonly best: readonly (readonly number[])[];
}

const generated = JSON.parse(read("generated.json.gz").toString()) as Record<
  string,
  {
    readonly tokenizer: string;
    readonly cases: readonly Generated[];
    readonly surprise: {
      readonly text: string;
      readonly perplexity: number;
      readonly bits: readonly number[];
      readonly ranks: readonly number[];
    };
  }
>;

const place = mkdtempSync(join(tmpdir(), "generation-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** A folder with files of a model. */
function folderOf(model: string, files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(place, `${model}-`));
  for (const [name, kind] of Object.entries(files)) {
    writeFileSync(join(directory, name), read(`models/${model}.${kind}.onnx.gz`));
  }
  copyFileSync(new URL(`models/${model}.config.json`, golden), join(directory, "config.json"));
  writeFileSync(join(directory, "tokenizer.json"), read(`models/${generated[model]?.tokenizer}.tokenizer.json.gz`));
  return directory;
}

async function partsOf(directory: string): Promise<ModelParts> {
  return new ModelParts(await openModelFolder({ directory, file: null }));
}

const open = new AbortController().signal;
const task = {
  rules: { ...plainRules, stop: [2] },
  newTokens: 20,
  context: 64,
  alternatives: 5,
  uniform: () => Number.NaN,
};

function farthest(actual: readonly number[], expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(0, ...actual.map((value, index) => Math.abs(value - (expected[index] ?? Number.NaN))));
}

const forms: readonly (readonly [string, string, Readonly<Record<string, string>>, boolean])[] = [
  ...Object.keys(generated).flatMap((model) => [
    [model, "past", { "model.onnx": "past" }, true] as const,
    [model, "plain", { "model.onnx": "plain" }, false] as const,
  ]),
  ["gpt2", "merged", { "decoder_model_merged.onnx": "merged" }, true],
  ["gpt2", "pair", { "decoder_model.onnx": "first", "decoder_with_past_model.onnx": "next" }, true],
  ["gpt2", "half", { "decoder_model.onnx": "first" }, false],
];

const engine = createEngine({ threads: 1, memoryMegabytes: 256 });
afterAll(() => engine.dispose());

function ask(directory: string, text: string, changes: Partial<ExplainRequest> = {}): Promise<Explanation> {
  return engine.explain(
    requestFor(text, { model: { directory, file: null }, methods: ["attention"], ...changes }),
    never,
  );
}

function writtenIn({ prediction }: Explanation): GeneratedPrediction {
  if (prediction.kind !== "generated") {
    throw new Error(`The prediction is of the kind ${prediction.kind}.`);
  }
  return prediction;
}

describe.each(forms)("%s as %s", (model, _, files, keepsPast) => {
  const directory = folderOf(model, files);

  it("goes on with texts as transformers does, token for token", async () => {
    for (const { prompt, tokens, logProbabilities, best } of generated[model]?.cases ?? []) {
      const { steps, end } = writtenIn(await ask(directory, prompt));
      expect(steps.map(({ id }) => id)).toEqual(tokens);
      expect(end).toBe(tokens.length < 20 ? "stop" : "length");
      expect(
        farthest(
          steps.map(({ logProbability }) => logProbability),
          logProbabilities,
        ),
      ).toBeLessThan(1e-4);
      const likeliest = steps.flatMap(({ alternatives }) => alternatives.map(({ logProbability }) => logProbability));
      expect(farthest(likeliest, best.flat())).toBeLessThan(1e-4);
    }
    const [first] = generated[model]?.cases ?? [];
    const last = await ask(directory, first?.prompt ?? "", { position: "last" });
    expect(writtenIn(last).step).toBe((first?.tokens.length ?? 0) - 1);
    expect(last.tokens.filter(({ segment }) => segment === 2)).toHaveLength((first?.tokens.length ?? 0) - 1);
    const { memory } = await engine.describeModel({ directory, file: null }, never);
    expect(memory.some(({ owner }) => owner === "decoding")).toBe(keepsPast);
  });

  it("is explained where the text and what is before a token end, as torch does", async () => {
    for (const { prompt, ids, tokens, explained } of generated[model]?.cases.slice(0, 2) ?? []) {
      const { position, value, gradientXInput } = explained;
      const found = await ask(directory, prompt, { position, methods: ["gradientXInput"], units: "token" });
      expect(found.tokens.map(({ id }) => id)).toEqual([...ids, ...tokens.slice(0, position)]);
      expect(found.tokens.slice(ids.length).every(({ segment }) => segment === 2)).toBe(true);
      expect(found.target).toMatchObject({ kind: "logit", versus: null });
      expect(Math.abs(found.target.value - value)).toBeLessThan(1e-4);
      const { scores = [], specials = [] } = attributionOf(found, "gradientXInput") ?? {};
      const all = scores.map((score, at) => specials.find(({ token }) => token === at)?.score ?? score);
      // Behind a normalisation of the embeddings, as in BLOOM, all of them are nothing but rounding.
      const largest = Math.max(Math.abs(value), ...gradientXInput.map(Math.abs));
      expect(farthest(all, gradientXInput)).toBeLessThan(1e-4 * largest);
    }
  });
});

it("of a text in windows what is explained is the probability that is shown, whatever the token", async () => {
  const directory = folderOf("gpt2", { "model.onnx": "past" });
  const text = "film was bad ".repeat(60);
  for (const position of [60, 64, 108]) {
    const { prediction, attributions, warnings } = await ask(directory, text, {
      task: "surprise",
      position,
      methods: ["lime"],
      lime: { ...defaultOptions.lime, samples: 20 },
    });
    const shown =
      prediction.kind === "surprise" ? prediction.tokens.find(({ token }) => token === position) : undefined;
    expect(attributions[0]?.fullValue).toBeCloseTo(2 ** -(shown?.bits ?? Number.NaN), 6);
    expect(warnings.filter(({ template }) => template.includes("windows"))).toHaveLength(1);
  }
});

describe.each(Object.keys(generated))("surprise under %s", (model) => {
  const directory = folderOf(model, { "model.onnx": "past" });
  const golden = generated[model]?.surprise ?? { text: "", perplexity: 0, bits: [], ranks: [] };

  it("is what a text costs the model, and the most surprising token is explained", async () => {
    const found = await ask(directory, golden.text, { task: "surprise" });
    const { prediction, target } = found;
    if (prediction.kind !== "surprise") {
      throw new Error(`The prediction is of the kind ${prediction.kind}.`);
    }
    const bits = prediction.tokens.map((token) => token.bits);
    expect(farthest(bits, golden.bits)).toBeLessThan(1e-4);
    expect(prediction.tokens.map(({ rank }) => rank)).toEqual(golden.ranks);
    expect(prediction.perplexity / golden.perplexity).toBeCloseTo(1, 4);
    const most = prediction.tokens[bits.indexOf(Math.max(...bits))];
    expect(prediction.position).toBe(most?.token);
    expect(target).toMatchObject({ position: prediction.position - 1, kind: "logit" });
    const position = prediction.tokens[3]?.token ?? 0;
    expect((await ask(directory, golden.text, { task: "surprise", position })).prediction).toMatchObject({ position });
  });

  it("is that of the last token where that is asked for", async () => {
    const { prediction } = await ask(directory, golden.text, { task: "surprise", position: "last" });
    expect(prediction).toMatchObject({
      position: (prediction.kind === "surprise" && prediction.tokens.at(-1)?.token) || -1,
    });
  });

  it("is none of a token that is not there", async () => {
    const refused = async (position: number) =>
      (await errorOf(ask(directory, golden.text, { task: "surprise", position }))).text.template;
    expect(await refused(500)).toBe(
      "There is no token {0} in the text. Choose the index of a token that is no special one.",
    );
    const [first] = (await ask(directory, golden.text, { task: "surprise" })).tokens;
    expect(await refused(0)).toContain(first?.special ? "no token {0} in the text" : "Token {0} is the first");
  });
});

describe("a chat template", () => {
  const directory = folderOf("gpt2", { "model.onnx": "past" });
  const template =
    "{% for m in messages %}<s>{{ m.role }}:{{ m.content | trim }}</s>{% endfor %}{% if add_generation_prompt %}<s>{% endif %}";
  const settings = (chat_template: unknown) =>
    writeFileSync(join(directory, "tokenizer_config.json"), JSON.stringify({ chat_template, eos_token: "</s>" }));

  it("is put around a text, whose own tokens alone get scores", async () => {
    settings(template);
    const found = await ask(directory, " good film ", { chat: true, position: 2, generate: 4 });
    const { tokens } = found;
    const [own, around, written] = [
      tokens.filter(({ special, segment }) => !special && segment === 0),
      tokens.filter(({ special }) => special),
      tokens.filter(({ segment }) => segment === 2),
    ];
    expect(own.map(({ text }) => text).join("")).toBe("good film");
    expect(own.every(({ text, start, end }) => " good film ".slice(start, end) === text)).toBe(true);
    expect(around.map(({ piece }) => piece).join("")).toBe("<s>user:</s><s>");
    expect(written.map(({ id }) => id)).toEqual(
      writtenIn(found)
        .steps.slice(0, 2)
        .map(({ id }) => id),
    );
  });

  it("that is missing, or does not parse, is said", async () => {
    settings("{% for");
    expect(await reasonOf(ask(directory, "good", { chat: true }))).toBe("tokenizer-unsupported");
    settings(undefined);
    expect(await reasonOf(ask(directory, "good", { chat: true }))).toBe("tokenizer-unsupported");
  });

  it("may have a file of its own", async () => {
    const other = folderOf("gpt2", { "model.onnx": "past" });
    writeFileSync(join(other, "chat_template.jinja"), template);
    const { tokens } = await ask(other, "good film", { chat: true });
    expect(tokens.flatMap(({ special, piece }) => (special ? [piece] : [])).join("")).toBe("<s>user:</s><s>");
  });
});

/** A model of the corpus. */
function corpusParts(name: string): ModelParts {
  const directory = mkdtempSync(join(place, "corpus-"));
  const folder = {
    directory,
    file: "model.onnx",
    withPast: null,
    encoder: null,
    task: null,
    config: { task: "text-generation", tasks: ["text-generation"] },
  };
  const file = gunzipSync(readFileSync(new URL(`../corpus/models/${name}.fp32.onnx.gz`, import.meta.url)));
  writeFileSync(join(directory, "model.onnx"), file);
  return new ModelParts(folder as unknown as ModelFolder);
}

describe.each([
  "llamagrouped.grouped.genai",
  "llamapast.sdpa.optimum",
  "llamapast.sdpa.dynamo18",
  "gpt2past.sdpa.dynamo18",
])("%s", (name) => {
  it("answers the same for a text at once and token by token", async () => {
    const session = await DecodingSession.load(corpusParts(name), { threads: 1 });
    const ids = [0, 17, 33, 8, 41, 25, 9, 52];
    const whole = await session.begin().next(ids);
    const growing = session.begin();
    await growing.next(ids.slice(0, 3));
    await growing.next(ids.slice(3, 5));
    await growing.next(ids.slice(5, 7));
    const last = await growing.next(ids.slice(7));
    expect(Math.max(...last.map((logit, index) => Math.abs(logit - (whole[index] ?? 0))))).toBeLessThan(1e-5);
    await session.release();
  });
});

describe("files that keep earlier tokens in another way", () => {
  it("are refused where the cache is a ring", async () => {
    const loading = DecodingSession.load(corpusParts("gemma2grouped.grouped.genai"), { threads: 1 });
    await expect(loading).rejects.toMatchObject({ reason: "model-unsupported" });
  });

  it("are refused where they only go on with a text", async () => {
    const directory = folderOf("gpt2", { "decoder_with_past_model.onnx": "next" });
    expect(await reasonOf(ask(directory, "The film was"))).toBe("model-missing");
  });
});

/** A folder whose files ask for a search. */
function searching(directory: string, asked: object): string {
  writeFileSync(join(directory, "generation_config.json"), JSON.stringify(asked));
  return directory;
}

describe.each(forms.filter(([, , , keepsPast]) => keepsPast))("a long text by %s as %s", (model, _, files) => {
  it("is gone on with, also in two ways from one place, as if it were read anew", async () => {
    const session = await DecodingSession.load(await partsOf(folderOf(model, files)), { threads: 1 });
    const ids = Array.from({ length: 60 }, (_, index) => 3 + ((index * 7) % 40));
    const isAnew = async (given: readonly number[], logits: Float32Array) => {
      const whole = await session.begin().next(given);
      expect(farthest([...logits], [...whole])).toBeLessThan(1e-5);
    };
    const growing = session.begin();
    await growing.next(ids.slice(0, 3));
    const growTo = async (length: number, from: number) => {
      for (const id of ids.slice(from, length - 1)) {
        await growing.next([id]);
      }
      await isAnew(ids.slice(0, length), await growing.next([ids[length - 1] ?? 0]));
    };
    await growTo(20, 3);
    await growTo(40, 20);
    const other = growing.fork();
    await growTo(60, 40);
    await isAnew([...ids.slice(0, 40), 5], await other.next([5]));
    await session.release();
  });
});

describe.each(forms.filter(([, , , keepsPast]) => keepsPast))("a search with beams by %s as %s", (model, _, files) => {
  it("writes what transformers' writes, as generation_config.json asks for it", async () => {
    const session = await DecodingSession.load(await partsOf(folderOf(model, files)), { threads: 1 });
    for (const { ids, searched } of generated[model]?.cases ?? []) {
      for (const { asked, tokens, logProbabilities } of searched) {
        const { rules } = readGenerationConfig({ ...asked }, {});
        const made = await searchBeams(session.begin(), { ...task, ids, rules }, open, () => {});
        expect(made.tokens.map(({ id }) => id)).toEqual(tokens);
        expect(made.end).toBe(tokens.length < 20 ? "stop" : "length");
        const own = made.tokens.map(({ logProbability }) => logProbability);
        expect(farthest(own, logProbabilities)).toBeLessThan(1e-4);
      }
    }
    await session.release();
  });
});

describe("a search with beams", () => {
  it.each(["past", "plain"])("is done by files that keep earlier tokens and by others: %s", async (kind) => {
    const { prompt = "", searched = [] } = generated.gpt2?.cases[0] ?? {};
    const { asked = {}, tokens } = searched[1] ?? {};
    const directory = searching(folderOf("gpt2", { "model.onnx": kind }), asked);
    expect(writtenIn(await ask(directory, prompt)).steps.map(({ id }) => id)).toEqual(tokens);
  });

  it("is asked for by its own option too, which comes first, and is none of drawing", async () => {
    const files = { "model.onnx": "past" };
    const [first] = generated.gpt2?.cases ?? [];
    const { asked, tokens } = first?.searched[0] ?? { asked: {}, tokens: [] };
    const prompt = first?.prompt ?? "";
    const directory = searching(folderOf("gpt2", files), { ...asked, num_beams: 1, do_sample: true });
    expect(writtenIn(await ask(directory, prompt, { beams: 3 })).steps.map(({ id }) => id)).toEqual(tokens);
    expect(await reasonOf(ask(directory, prompt, { beams: 3, temperature: 0.5 }))).toBe("request-invalid");
    const { warnings } = await ask(searching(folderOf("gpt2", files), { ...asked, do_sample: true }), prompt);
    expect(warnings.map(({ args }) => args)).toContainEqual(["num_beams"]);
  });
});

describe("a continuation", () => {
  const ids = generated.gpt2?.cases[0]?.ids ?? [];
  let session: DecodingSession;
  beforeAll(async () => {
    session = await DecodingSession.load(await partsOf(folderOf("gpt2", { "model.onnx": "past" })), { threads: 1 });
  });
  afterAll(() => session.release());

  async function made(change: Partial<GenerationTask>, signal = open, onToken: (made: number) => void = () => {}) {
    const tokens: number[] = [];
    const end = generate(session.begin(), { ...task, ids, ...change }, signal, ({ id }) => {
      onToken(tokens.push(id));
    });
    return { end: await end.catch((error) => error.reason), tokens };
  }

  it("is the same for a seed and another for another one, and drawn from the likeliest tokens alone where that is asked", async () => {
    const drawn = (seed: number, change = {}) => {
      const random = SeededRandom.fromSeed(seed);
      return made({
        rules: { ...task.rules, sample: true, temperature: 1.5, ...change },
        uniform: () => random.uniform(),
      });
    };
    const [first, again, other] = [await drawn(1), await drawn(1), await drawn(2)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect((await drawn(3, { topK: 1 })).tokens).toEqual((await made({})).tokens);
  });

  it("ends at a token that stops it, and where the model reads no more", async () => {
    const { tokens } = await made({});
    const third = tokens[2] ?? 0;
    expect(await made({ rules: { ...task.rules, stop: [third] } })).toEqual({
      end: "stop",
      tokens: tokens.slice(0, tokens.indexOf(third) + 1),
    });
    expect(await made({ context: ids.length + 4 })).toEqual({ end: "context", tokens: tokens.slice(0, 4) });
  });

  it("is cancelled between two tokens", async () => {
    const aborting = new AbortController();
    const { end, tokens } = await made({}, aborting.signal, (count) => {
      if (count === 3) {
        // A message that arrives meanwhile, not the loop itself, asks for the end.
        setImmediate(() => aborting.abort());
      }
    });
    expect(end).toBe("cancelled");
    expect(tokens.length).toBeLessThan(6);
  });
});
