import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { defaultOptions } from "../../../src/common/options";
import { checkText, maximumCharacters } from "../../../src/common/textLimits";
import { modelFromSettings } from "../../../src/editor/modelChoice";
import { settingsFrom } from "../../../src/editor/settings";

/** What `package.json` says of a setting with choices. */
function section(setting: string): { readonly enum: readonly string[] } {
  const { contributes } = JSON.parse(readFileSync("package.json", "utf8")) as {
    contributes: { configuration: { properties: Record<string, { enum: string[] }> }[] };
  };
  const found = contributes.configuration.find(({ properties }) => properties[setting])?.properties[setting];
  if (!found) {
    throw new Error(`package.json has no setting ${setting}.`);
  }
  return found;
}

const from = (values: Record<string, unknown>, own: Record<string, unknown> = {}) =>
  settingsFrom(
    (key) => values[key],
    (key) => own[key],
  );

describe("settingsFrom", () => {
  it("gives the defaults of a request where nothing is set", () => {
    const settings = from({});
    expect(settings.options).toMatchObject({
      methods: expect.arrayContaining([...defaultOptions.methods]),
      units: defaultOptions.units,
      baseline: defaultOptions.baseline,
      seed: defaultOptions.seed,
      lime: defaultOptions.lime,
      effort: defaultOptions.effort,
      layer: defaultOptions.layer,
    });
  });

  it("falls back one by one when values do not fit, whatever they are", () => {
    const hostile = [null, -1, 1e99, Number.NaN, "", "x", {}, [], true, ["__proto__"], { length: 3 }, 0.5];
    const keys = [
      "methods",
      "units",
      "baseline",
      "seed",
      "lime.mode",
      "lime.features",
      "lime.samples",
      "engine.memory",
      "attention.method",
    ];
    for (const key of keys) {
      for (const value of hostile) {
        expect(from({ [key]: value }), `${key}: ${String(value)}`).toEqual(from({}));
      }
    }
    expect(from({ "lime.tolerance": 7 }).options.lime.tolerance).toBe(defaultOptions.lime.tolerance);
    expect(from({ "model.path": `${"a".repeat(5000)}` }).modelPath).toBe("");
    expect(from({ "model.path": "a\0b" }).modelPath).toBe("");
  });

  it("offers no baseline that every run would refuse", () => {
    expect(from({ baseline: "zeros" }).options.baseline).toBe("mask");
    const { enum: offered } = section("explainWithTransformer.baseline");
    expect(offered.map((baseline) => from({ baseline }).options.baseline)).toEqual(offered);
  });

  it("takes what fits", () => {
    expect(
      from({ "lime.keep": 5, "lime.samples": 250, "attention.layer": 2, units: "word", seed: 9, "engine.threads": 4 }),
    ).toMatchObject({ options: { lime: { keep: 5, samples: 250 }, layer: 1, units: "word", seed: 9 }, threads: 4 });
  });

  it("leaves to the engine what is hidden together, unless the person says it", () => {
    const features = (units: string, wanted: string) => from({ units, "lime.features": wanted }).options.lime.features;
    const { enum: offered } = section("explainWithTransformer.lime.features");
    for (const units of ["token", "word", "sentence"]) {
      expect(offered.map((kind) => features(units, kind))).toEqual([null, "token", "word", "bag", "sentence"]);
    }
    const { enum: units } = section("explainWithTransformer.units");
    expect(units.map((kind) => from({ units: kind }).options.units)).toEqual(units);
  });

  it("runs the methods that colour the text, whatever the list says", () => {
    expect(from({ methods: ["random"] }).options.methods).toEqual(["partitionShap", "rollout", "random"]);
    expect(from({ methods: ["random"], "attention.show": false }).options.methods).toEqual(["partitionShap", "random"]);
    expect(from({ methods: ["saliency"], "importance.method": "integratedGradients" }).options.methods).toEqual([
      "integratedGradients",
      "rollout",
      "saliency",
    ]);
    expect(from({ methods: ["occlusion", "magic", 7, "occlusion"] }).options.methods).toEqual([
      "partitionShap",
      "occlusion",
      "rollout",
    ]);
  });
});

describe("modelFromSettings", () => {
  it("takes the bundled model, a folder of the workspace, or an absolute one", () => {
    const of = (modelPath: string, folder?: string) =>
      modelFromSettings({ modelPath, modelPathRefused: false, modelFile: null }, "/bundled", folder).directory;
    expect(of("")).toBe("/bundled");
    expect(of("models/a", "/project")).toBe("/project/models/a");
    expect(of("/abs/../b")).toBe("/b");
    expect(of("~/m")).not.toContain("~");
  });

  it.each([
    "\\\\host\\share\\model",
    "//host/share/model",
    "\\/host/share",
    " \\\\host\\share",
    "\\\\?\\UNC\\host\\share",
    "\\\\.\\pipe\\x",
    "\\??\\UNC\\host\\share",
  ])("takes %s from the person's own settings only", (written) => {
    const values = { "model.path": written };
    const of = (settings: ReturnType<typeof from>) => modelFromSettings(settings, "/bundled", "/project");
    expect(() => of(from(values))).toThrow(/another computer, .*, which was not looked for/);
    expect(() => of(from(values, { "model.path": "/other" }))).toThrow(/another computer/);
    expect(of(from(values, values)).directory).not.toBe("/bundled");
    expect(from({ "model.path": "models/a" }).modelPathRefused).toBe(false);
    expect(from({ "model.path": "/models/a" }).modelPathRefused).toBe(false);
  });
});

describe("checkText", () => {
  const reason = (text: string): string => {
    try {
      checkText(text, null);
      return "fine";
    } catch (error) {
      return (error as { reason: string }).reason;
    }
  };
  it("names what cannot be explained", () => {
    expect(reason("good")).toBe("fine");
    expect(reason("👍🏽")).toBe("fine");
    expect(reason(" \n\t")).toBe("text-empty");
    expect(reason("a\0b")).toBe("text-binary");
    expect(reason("a".repeat(maximumCharacters))).toBe("fine");
    expect(reason("a".repeat(200_000))).toBe("text-too-long");
  });
  it("says how long it is and how long it may be", () => {
    expect(() => checkText("a".repeat(200_000), null)).toThrow(
      "The text has 200,000 characters; at most 20,000 can be explained at once. Select a shorter part.",
    );
  });
});
