import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributionOf } from "../../src/common/explanation";
import { formatMessage } from "../../src/common/message";
import { createEngine, type Engine } from "../../src/engine/engine";
import { corpusFolder, type StoredFloats, storedFloats } from "../support/corpus";
import { largest, largestDifference } from "../support/corpusMeasure";
import { rowsIn } from "../support/fed";
import { streamArchitectures, streamGolden, streamModels, writeStreamFolder } from "../support/seq2seq";
import { errorOf, never, requestFor } from "./support";

/** What torch computes of the third token of each; see `test/corpus/cross.py`. */
interface GoldenCross {
  /** By map, first one first. */
  readonly attentionGradient: readonly StoredFloats[];
  readonly chefer: StoredFloats;
  readonly attentionFlow: StoredFloats;
}

const root = mkdtempSync(path.join(tmpdir(), "explain-cross-"));
let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(async () => {
  await engine.dispose();
  rmSync(root, { recursive: true, force: true });
});

function opened(name: string) {
  const directory = mkdtempSync(path.join(root, `${name}-`));
  writeStreamFolder(directory, name, "decoder_model", { architecture: streamArchitectures[name] ?? "" });
  const text = (rowsIn(streamGolden(name).single, "input_ids")[0] ?? []).map((id) => `t${id}`).join(" ");
  const model = { directory, file: null };
  const asked = { model, generate: 6, position: 2, units: "token" } as const;
  return { text, model, asked };
}

describe("methods that look at attention between a text and what is written of it", () => {
  it.each(streamModels)("agree with torch: %s", async (name) => {
    const file = path.join(corpusFolder, "cross", `${name}.json`);
    const golden: GoldenCross = JSON.parse(readFileSync(file, "utf8"));
    const { text, asked } = opened(name);
    const scores = async (method: "chefer" | "attentionFlow" | "attentionGradient", layer: number | null) => {
      const explanation = await engine.explain(requestFor(text, { ...asked, methods: [method], layer }), never);
      const { scores: own = [], specials = [] } = attributionOf(explanation, method) ?? {};
      return Float32Array.from(own, (score, at) => specials.find(({ token }) => token === at)?.score ?? score);
    };
    const off = (found: Float32Array, expected: Float32Array) => {
      expect(found.length).toBe(expected.length);
      return largestDifference(found, expected) / largest(expected);
    };
    for (const [layer, stored] of golden.attentionGradient.entries()) {
      expect(off(await scores("attentionGradient", layer), storedFloats(stored))).toBeLessThan(1e-5);
    }
    expect(off(await scores("chefer", null), storedFloats(golden.chefer))).toBeLessThan(1e-5);
    expect(off(await scores("attentionFlow", null), storedFloats(golden.attentionFlow))).toBeLessThan(1e-5);
  });

  it("are what inspecting such a model says can run, and the others why they cannot", async () => {
    const { text, model, asked } = opened("t5");
    const { methods } = await engine.describeModel(model, never);
    const whyOf = (id: string) => {
      const found = methods.find((method) => method.id === id);
      return found && !found.available && found.why ? formatMessage(found.why) : null;
    };
    for (const id of ["chefer", "attentionGradient", "attentionFlow", "rollout"]) {
      expect(whyOf(id)).toBeNull();
    }
    for (const id of ["alti", "valueZeroing", "attentionNorm", "gradCam"] as const) {
      expect(whyOf(id)).toMatch(/one of them only/);
      const refused = await errorOf(engine.explain(requestFor(text, { ...asked, methods: [id] }), never));
      expect(formatMessage(refused.text)).toMatch(/one of them only/);
    }
  });
});
