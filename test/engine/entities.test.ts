import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { attributionOf, type ExplainRequest, type Explanation } from "../../src/common/explanation";
import type { EntitiesPrediction, Entity } from "../../src/common/prediction/entities";
import { createEngine, type Engine } from "../../src/engine/engine";
import { explainText } from "../../src/engine/explain";
import { ModelStore } from "../../src/engine/modelStore";
import { RunReporter } from "../../src/engine/runReporter";
import { programs } from "./bundles";
import { run } from "./commandLine";
import { errorOf, never, requestFor, root } from "./support";

const golden = join(root, "test/golden/entities");
const strategies = ["simple", "first", "average", "max"] as const;

/** What the pipeline of transformers finds; offsets count code points. See `test/golden/entities/make.py`. */
type Case = { readonly text: string } & Readonly<
  Record<
    (typeof strategies)[number],
    readonly { readonly label: string; readonly start: number; readonly end: number; readonly score: number }[]
  >
>;

const cases: Readonly<Record<"wordPiece" | "byteLevel", readonly Case[]>> = JSON.parse(
  readFileSync(join(golden, "cases.json"), "utf8"),
);
const hyphens: Readonly<
  Record<keyof typeof cases, { readonly labels: readonly string[]; readonly cases: readonly Case[] }>
> = JSON.parse(readFileSync(join(golden, "hyphens.json"), "utf8"));
let folder: string;
let engine: Engine;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "explain-test-"));
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** The folder of a model, as people have it. */
function modelFolder(name: keyof typeof cases): string {
  const own = mkdtempSync(join(folder, name));
  for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
    copyFileSync(join(golden, name, file), join(own, file));
  }
  writeFileSync(join(own, "model.onnx"), gunzipSync(readFileSync(join(golden, name, "model.onnx.gz"))));
  return own;
}

async function explain(directory: string, text: string, changes: Partial<ExplainRequest> = {}): Promise<Explanation> {
  return await engine.explain(requestFor(text, { model: { directory, file: null }, methods: [], ...changes }), never);
}

function entitiesOf({ prediction }: Explanation): EntitiesPrediction {
  if (prediction.kind !== "entities") {
    throw new Error(`it predicts ${prediction.kind}`);
  }
  return prediction;
}

const codePoints = (text: string, end: number) => [...text.slice(0, end)].length;

describe("entities are those of the pipeline of transformers", () => {
  it.each(["wordPiece", "byteLevel"] as const)("%s", async (name) => {
    const directory = modelFolder(name);
    expect(cases[name].length).toBeGreaterThanOrEqual(30);
    for (const one of cases[name]) {
      for (const aggregation of strategies) {
        const { entities } = entitiesOf(await explain(directory, one.text, { aggregation }));
        const found = entities.map(({ label, start, end }) => [
          label,
          codePoints(one.text, start),
          codePoints(one.text, end),
        ]);
        // Spaces alone are no entity.
        const expected = one[aggregation].filter(({ start, end }) => start < end);
        expect(found, `${one.text} ${aggregation}`).toEqual(
          expected.map(({ label, start, end }) => [label, start, end]),
        );
        for (const [at, { probability, text, start, end }] of entities.entries()) {
          expect(Math.abs(probability - (expected[at]?.score ?? 0))).toBeLessThan(1e-4);
          expect(text).toBe(one.text.slice(start, end));
        }
      }
    }
  });
});

describe("labels with hyphens of their own", () => {
  it.each([
    ["wordPiece", (label: string) => label],
    // The pipeline says "name" of either label; a name is ours as the model has it.
    ["byteLevel", (label: string) => label.replace(/^[^-]*-/, "")],
  ] as const)("are taken apart as the pipeline does it: %s", async (name, asPipeline) => {
    const directory = modelFolder(name);
    const config = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
    const { labels, cases: renamed } = hyphens[name];
    writeFileSync(join(directory, "config.json"), JSON.stringify({ ...config, id2label: { ...labels } }));
    const named = new Set<string>();
    for (const one of renamed) {
      for (const aggregation of strategies) {
        const { entities } = entitiesOf(await explain(directory, one.text, { aggregation }));
        const found = entities.map(({ label, start, end }) => [
          asPipeline(label),
          codePoints(one.text, start),
          codePoints(one.text, end),
        ]);
        expect(found, `${one.text} ${aggregation}`).toEqual(
          one[aggregation].filter(({ start, end }) => start < end).map(({ label, start, end }) => [label, start, end]),
        );
        for (const { label } of entities) {
          named.add(label);
        }
      }
    }
    const wanted = name === "wordPiece" ? ["geo-loc", "geo-org"] : ["brand-name", "drug-name"];
    expect([...named].filter((label) => label.includes("-")).sort()).toEqual(wanted);
  });
});

describe("what is explained of entities", () => {
  const text = "Ada Lovelace wrote to Charles Babbage in London.";

  it("is the most probable one rather than nothing, and methods add up to it", async () => {
    const found = await explain(modelFolder("wordPiece"), text, { methods: ["partitionShap", "integratedGradients"] });
    const { entities, tokens } = entitiesOf(found);
    const [best] = [...entities].sort((a, b) => b.probability - a.probability);
    const { label, versus, kind, position, value, baselineValue } = found.target;
    expect([label, versus, kind]).toEqual([best?.label, "O", "log-odds"]);
    expect(best?.tokens).toContain(position);
    expect(tokens.map(({ token }) => token)).toEqual(
      found.tokens.flatMap(({ index, special }) => (special ? [] : index)),
    );
    for (const method of ["partitionShap", "integratedGradients"] as const) {
      const { scores = [], specials = [] } = attributionOf(found, method) ?? {};
      const sum = [...scores, ...specials.map(({ score }) => score)].reduce((total, score) => total + score, 0);
      const tolerance = method === "partitionShap" ? 1e-4 : 0.05;
      expect(Math.abs(sum - (value - (baselineValue ?? Number.NaN)))).toBeLessThan(tolerance);
    }
  });

  it("is the entity at a position, or the token's own label, rather than another", async () => {
    const directory = modelFolder("wordPiece");
    const { entities } = entitiesOf(await explain(directory, text));
    const [first, second] = entities;
    const at = await explain(directory, text, { position: second?.tokens.at(-1) ?? null });
    expect([at.target.label, at.target.position]).toEqual([second?.label, second?.tokens[0]]);
    const outside = entities.flatMap(({ tokens }) => tokens);
    const free = at.tokens.find(({ index, special }) => !special && !outside.includes(index))?.index ?? -1;
    const alone = await explain(directory, text, { position: free, target: "B-ORG", versus: "PER" });
    expect(alone.target).toMatchObject({ label: "B-ORG", versus: "PER", position: free, kind: "log-odds" });
    const opposite = await explain(directory, text, { position: free, target: "B-PER", versus: "B-ORG" });
    expect(opposite.target.value).toBeCloseTo(-alone.target.value, 5);
    const named = await explain(directory, text, { target: first?.label.toLowerCase() ?? "" });
    expect(named.target.label).toBe(first?.label);
  });

  it("is refused where there is no such label, token or difference", async () => {
    const directory = modelFolder("wordPiece");
    const reason = async (changes: Partial<ExplainRequest>) =>
      (await errorOf(explain(directory, text, changes))).reason;
    expect(await reason({ target: "ANIMAL" })).toBe("label-unknown");
    expect(await reason({ target: "PER", versus: "per" })).toBe("label-unknown");
    expect(await reason({ position: 0 })).toBe("request-invalid");
    expect(await reason({ position: 999 })).toBe("request-invalid");
  });

  it("of one text are all explained from the same runs of the model", async () => {
    const many = "U.S.A. U.K. E.U. e.g. i.e. etc. IBM, Intel, AMD and Nvidia in Tokyo";
    const directory = modelFolder("wordPiece");
    const store = new ModelStore({ threads: 1, memoryMegabytes: 512 });
    await store.use({ directory, file: null }, async (model) => {
      let rows = 0;
      const { logits } = model.session;
      vi.spyOn(model.session, "logits").mockImplementation((asked) => {
        rows += asked.length;
        return logits.call(model.session, asked);
      });
      const reporter = new RunReporter(() => undefined);
      const explained = async (position: number | null) => {
        const changes = { model: { directory, file: null }, methods: ["partitionShap" as const], position };
        const request = requestFor(many, { ...changes, owen: { guided: true, samples: 200 } });
        return await explainText(model, request, never, reporter);
      };
      const { entities } = entitiesOf(await explained(null));
      expect(entities.length).toBeGreaterThanOrEqual(8);
      const first = rows;
      for (const { tokens } of entities) {
        const found = await explained(tokens[0] ?? -1);
        const { scores = [], converged } = attributionOf(found, "partitionShap") ?? {};
        const sum = scores.reduce((total, score) => total + score, 0);
        expect(Math.abs(sum - (found.target.value - (found.target.baselineValue ?? Number.NaN)))).toBeLessThan(1e-4);
        expect(converged).toBe(null);
      }
      expect(first).toBeGreaterThan(150);
      expect(rows).toBeLessThanOrEqual(1.2 * first);
    });
    await store.dispose();
  });

  it("is read in the window in whose middle it is most", async () => {
    const long = "Angela Merkel visited Paris and London, New York and Lagos in 2.5 hours. ".repeat(5);
    const found = await explain(modelFolder("wordPiece"), long, { methods: ["occlusion"] });
    const { entities, tokens } = entitiesOf(found);
    expect(tokens.length).toBeGreaterThan(100);
    expect(entities.at(-1)?.start).toBeGreaterThan(long.length / 2);
    expect(found.windows).toHaveLength(1);
    expect(found.warnings.some(({ template }) => template.includes("is read in one of them"))).toBe(true);
  });
});

describe("the command line", () => {
  const text = "Microsoft bought GitHub for $7.5 billion.";
  const line = (found: string) => JSON.parse(found);

  it("writes entities as the pipeline has them, and their labels, by each aggregation", async () => {
    const model = modelFolder("wordPiece");
    const expected = cases.wordPiece.find((one) => one.text === text);
    for (const aggregation of ["first", "max"] as const) {
      const asked = aggregation === "first" ? [] : ["--aggregation", aggregation];
      const args = [text, "--model", model, "--method", "occlusion", "--format", "json", ...asked];
      const { status, out } = await run(programs.commandLine, args);
      expect(status).toBe(0);
      const { prediction, model: read } = line(out);
      expect([read.task, prediction.kind]).toEqual(["token-classification", "entities"]);
      const parts = prediction.entities.map(({ label, start, end }: Entity) => ({ label, start, end }));
      expect(parts).toEqual(expected?.[aggregation].map(({ label, start, end }) => ({ label, start, end })));
    }
  });

  it("lists them as text and explains the one at a position rather than another label", async () => {
    const model = modelFolder("wordPiece");
    const json = line((await run(programs.commandLine, [text, "--model", model, "--format", "json"])).out);
    const { label, tokens }: Entity = json.prediction.entities[1];
    const place = ["--position", String(tokens[0]), "--versus", label === "LOC" ? "PER" : "LOC"];
    const args = [text, "--model", model, "--method", "occlusion", ...place];
    const { status, out } = await run(programs.commandLine, args);
    expect(status).toBe(0);
    const lines = out.split("\n");
    expect(lines[1]).toMatch(new RegExp(`; explained: ${label} rather than (PER|LOC)$`));
    for (const entity of json.prediction.entities) {
      expect(lines.some((one) => one.startsWith(`  ${entity.label} ${entity.text}  `))).toBe(true);
    }
    const last = await run(programs.commandLine, [
      text,
      ...["--model", model, "--position", "last", "--method", "attention", "--format", "json"],
    ]);
    const { prediction, tokens: read } = JSON.parse(last.out);
    expect(prediction.position).toBe(read.findLast(({ special }: { special: boolean }) => !special).index);
    const wrong = await run(programs.commandLine, [text, "--model", model, "--position", "0"]);
    expect([wrong.status, wrong.out]).toEqual([1, ""]);
    expect(wrong.err).toContain("There is no token 0 in the text.");
  });

  it("gives their places in the document that they were read from", async () => {
    const model = modelFolder("wordPiece");
    const document = `# ${text}`;
    const args = [document, "--as", "markdown", "--model", model, "--method", "occlusion", "--format", "json"];
    const { prediction, text: read } = line((await run(programs.commandLine, args)).out);
    expect(read).toBe(text);
    expect(prediction.entities).not.toHaveLength(0);
    for (const { start, end, text: entity } of prediction.entities) {
      expect(document.slice(start, end)).toBe(entity);
    }
  });
});
