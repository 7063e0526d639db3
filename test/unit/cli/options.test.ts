import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../../src/cli/options";
import { UsageError } from "../../../src/cli/usageError";
import { defaultOptions } from "../../../src/common/options";

const { pair: _, masked: __, ...asked } = defaultOptions;

function refusal(...args: string[]): UsageError {
  try {
    parseCommandLine(args);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error instanceof UsageError ? error : new UsageError("");
  }
  throw new Error(`accepted ${args.join(" ")}`);
}

describe("the command line", () => {
  it("has documented defaults", () => {
    expect(parseCommandLine(["A fine film."])).toMatchObject({
      command: "explain",
      text: "A fine film.",
      input: null,
      options: { ...asked, methods: ["partitionShap"] },
      machine: { threads: 0, memoryMegabytes: 4096 },
      format: "text",
      attention: [],
    });
    expect(parseCommandLine(["--input", "a.txt"]).format).toBe("json");
    expect(parseCommandLine(["x", "--samples", "70"])).toMatchObject({
      options: { lime: { samples: 70 }, owen: { samples: 70 } },
    });
    expect(parseCommandLine(["x", "--units", "sentence"]).options.lime.features).toBe(null);
    expect(parseCommandLine(["x", "--units", "sentence", "--features", "word"]).options.lime.features).toBe("word");
  });

  it("reads every option", () => {
    const args =
      "--as python --model m --file a.onnx --pair b --target 1 --versus 0 --method rollout,lime --method occlusion,lime --units sentence --baseline delete --effort 0.5 --samples 50 --sampling plain --features bag --keep 6 --tolerance 0.1 --layer 3 --seed 42 --attention 0,1 --attention 2,3 --format json --output o.json --threads 2 --memory 512 --quiet x";
    expect(parseCommandLine(args.split(" "))).toEqual({
      taskFlags: [],
      command: "explain",
      text: "x",
      pair: "b",
      input: null,
      as: "python",
      model: "m",
      file: "a.onnx",
      options: {
        ...asked,
        target: "1",
        versus: "0",
        methods: ["rollout", "lime", "occlusion"],
        units: "sentence",
        baseline: "delete",
        lime: { ...asked.lime, mode: "plain", features: "bag", keep: 6, samples: 50, tolerance: 0.1 },
        owen: { ...asked.owen, guided: false, samples: 50 },
        shapley: { samples: 50, tolerance: 0.1 },
        effort: 0.5,
        layer: 3,
        seed: 42,
      },
      machine: { threads: 2, memoryMegabytes: 512 },
      attention: [
        { layer: 0, head: 1 },
        { layer: 2, head: 3 },
      ],
      format: "json",
      output: "o.json",
      quiet: true,
      download: { precision: null, revision: null, isAgreed: false },
    });
    expect(parseCommandLine(["x", "--attention", "all"]).attention).toBe("all");
  });

  it("takes a position by its number, or the last one", () => {
    expect(parseCommandLine(["x", "--position", "7"]).options.position).toBe(7);
    expect(parseCommandLine(["x", "--position", "last"]).options.position).toBe("last");
    expect(refusal("x", "--layer", "last").message).toContain("a whole number");
  });

  it("takes kinds of documents, languages, raw and auto", () => {
    for (const as of ["markdown", "MD", "typescript", "srt", "raw", "auto"]) {
      expect(parseCommandLine(["x", "--as", as]).as).toBe(as);
    }
    expect(parseCommandLine(["x"]).as).toBeNull();
    expect(refusal("x", "--as", "runes").message).toContain("markdown");
  });

  it("tells commands from texts", () => {
    expect(parseCommandLine(["models"]).command).toBe("models");
    expect(parseCommandLine(["inspect", "--model", "m"]).command).toBe("inspect");
    expect(parseCommandLine(["-"]).text).toBe("-");
    expect(parseCommandLine(["--", "--odd text"]).text).toBe("--odd text");
    expect(parseCommandLine(["--help"]).command).toBe("help");
  });

  it("names unknown methods", () => {
    expect(refusal("x", "--method", "shap")).toMatchObject({ reason: "method-unknown" });
    expect(refusal("x", "--method", "lime,magic").message).toContain('--method knows no "magic". Choose from: lime, ');
    expect(refusal("x", "--measures", "magic").message).toContain('--measures knows no "magic". Choose from: compre');
    expect(refusal("x", "--pair", " ").message).toBe("--pair was given no words.");
    expect(refusal("x", "--method", "").reason).toBe("method-unknown");
  });

  it.each([
    ["samples", "a whole number from 2 to 1000000"],
    ["keep", "a whole number from 1 to 10000"],
    ["layer", "a whole number from 0 to 999"],
    ["seed", "a whole number from 0 to 9007199254740991"],
    ["threads", "a whole number from 0 to 1024"],
    ["memory", "a whole number from 256 to 1048576"],
    ["effort", "a number from 0.1 to 3600"],
    ["tolerance", "a number from 0.000001 to 1"],
    ["attention", "LAYER,HEAD, both counted from 0, or all"],
  ])("says the range of --%s to what is below it", (name, range) => {
    for (const value of ["-5", "-0.5", "-1,0", "-x", "-1e9"]) {
      const sentence = `--${name} takes ${range}; not "${value}".`;
      expect(refusal("x", `--${name}`, value).message).toBe(sentence);
      expect(refusal("x", `--${name}=${value}`).message).toBe(sentence);
    }
  });

  it("takes a minus sign where it belongs to a value, and says where a value is missing", () => {
    expect(parseCommandLine(["x", "--pair", "-5 degrees", "--target", "-1"])).toMatchObject({
      pair: "-5 degrees",
      options: { target: "-1" },
    });
    expect(parseCommandLine(["--quiet", "--", "--samples"]).text).toBe("--samples");
    expect(refusal("x", "--samples", "--quiet").message).toBe(
      "--samples needs a value before --quiet. If that is the value, write --samples=--quiet.",
    );
  });

  it.each([
    [[], /No text/],
    [["two", "texts"], /quotation marks/],
    [["x", "--input", "a.txt"], /not both/],
    [["x", "--unknown"], /--unknown/],
    [["x", "--units", "line"], /token, word, sentence/],
    [["x", "--seed", "-1"], /--seed/],
    [["x", "--seed", "1.5"], /whole number/],
    [["x", "--samples", "1"], /from 2/],
    [["x", "--tolerance", "0"], /from 0.000001/],
    [["x", "--attention", "1"], /LAYER,HEAD/],
    [["x", "--format", "yaml"], /--format/],
    [["x", "--task", "juggling"], /--task/],
    [["x", "--position", "first"], /--position takes a whole number from 0 to 1000000, or last; not "first"/],
    [["x", "--baseline", "zeros"], /--baseline/],
    [["x", "--baseline-text", " "], /no words/],
    [["x", "--baseline", "zero", "--baseline-text", "bad"], /not both/],
    [["analyse"], /analyse was given no text/],
    [["x", "--input", "a", "--column", "b", "--field", "c"], /not both/],
  ] as const)("refuses %j", (args, sentence) => {
    expect(refusal(...args).message).toMatch(sentence);
  });
});
