import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { entailment, questionModels, questions } from "../support/questions";
import { programs } from "./bundles";
import { run } from "./commandLine";

const folder = mkdtempSync(join(tmpdir(), "explain-test-"));
const program = programs.commandLine;
const answering = ["--model", join(questionModels, "bert"), "--method", "occlusion"];
const comparing = ["--model", join(questionModels, "bertEntailment"), "--method", "occlusion"];
const asked = questions.find(
  ({ model, longest, windows }) => model === "bert" && longest === 15 && windows.length === 1,
);
const [labelled] = entailment;
if (!asked || !labelled) {
  throw new Error("There are no such cases.");
}
const { question, context, answers } = asked;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a question on a command line", () => {
  it("is answered, and its answer explained", async () => {
    const { status, out, err } = await run(program, [
      context,
      "--question",
      question,
      "--format",
      "json",
      ...answering,
    ]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const { schema, pair, prediction, target, tokens } = JSON.parse(out);
    expect({ schema, pair }).toEqual({ schema: 2, pair: question });
    expect(prediction.kind).toBe("spans");
    expect(prediction.spans).toHaveLength(5);
    const [best] = answers;
    expect(prediction.spans[0]).toMatchObject({
      start: best?.start,
      end: best?.end,
      text: best?.answer,
      score: expect.closeTo(best?.score ?? 0, 4),
    });
    const [first, last] = prediction.spans[0].tokens;
    expect(target).toMatchObject({ label: best?.answer, versus: null, position: first, kind: "span" });
    expect([tokens[first].segment, tokens[last].segment, tokens[1].segment]).toEqual([0, 0, 1]);
    expect(target.value).toBeCloseTo(prediction.spans[0].logit, 4);
  });

  it("may be asked why one answer rather than another, and shows it in every format", async () => {
    const [best, second] = answers;
    const versus = ["--target", best?.answer ?? "", "--versus", "1", "--question", question];
    for (const format of ["text", "csv", "html", "md", "svg"]) {
      const { status, out } = await run(program, [context, ...versus, "--format", format, ...answering]);
      expect(status).toBe(0);
      expect(out).toContain(best?.answer);
      expect(out).toContain((second?.answer ?? "").slice(0, 20));
    }
  });

  it("may stand in a column beside each text", async () => {
    const file = join(folder, "asked.csv");
    const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
    writeFileSync(file, `text,question\n${cell(context)},${cell(question)}\n${cell(context)},\n`);
    const { status, out, err } = await run(program, ["--input", file, "--pair-column", "question", ...answering]);
    const [first, second] = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first.prediction.spans[0].text).toBe(answers[0]?.answer);
    expect(second.error.reason).toBe("text-empty");
    expect({ status, err }).toEqual({ status: 1, err: "1 of 2 lines failed.\n" });
  });

  it.each([
    [[context, ...answering], 1, "text-empty: There is no question"],
    [[context, "--question", " ", ...answering], 2, "--question was given no words"],
    [[context, "--question", "Who?", "--pair", "x", ...answering], 2, "Give either --pair or --question"],
    [[context, "--question", "Who?", ...comparing], 1, "task-unsupported"],
    [[context, "--question", "Who?", "--position", "3", ...answering], 1, "request-invalid"],
    [[context, "--question", "Who?", "--target", "nobody", ...answering], 1, "label-unknown"],
  ])("is refused clearly where it does not fit: %j", async (args, status, words) => {
    const outcome = await run(program, args);
    expect(outcome).toMatchObject({ status, out: "" });
    expect(outcome.err).toContain(words);
  });
});

describe("labels on a command line", () => {
  const { text, candidates, template, scores } = labelled;

  it("are classes, the likeliest explained", async () => {
    const labels = ["--labels", candidates.join(","), "--template", template];
    const { status, out, err } = await run(program, [text, ...labels, "--format", "json", ...comparing]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const { prediction, target, model } = JSON.parse(out);
    expect(model.task).toBe("zero-shot-classification");
    expect(prediction.kind).toBe("classes");
    for (const { label, probability } of prediction.classes) {
      expect(probability).toBeCloseTo(scores[label] ?? Number.NaN, 4);
    }
    expect(target.label).toBe(prediction.classes[0].label);
  });

  it("may fit several at once, each with a probability of its own", async () => {
    const labels = ["--labels", candidates.join(","), "--several", "true"];
    const { status, out } = await run(program, [text, ...labels, "--format", "json", ...comparing]);
    expect(status).toBe(0);
    const { prediction } = JSON.parse(out);
    const sum = prediction.classes.reduce((all: number, one: { probability: number }) => all + one.probability, 0);
    expect(Math.abs(sum - 1)).toBeGreaterThan(0.01);
    expect(prediction.threshold).toBe(0.5);
  });

  it.each([
    [["--labels", ""], 1, "no labels"],
    [["--labels", "a,a"], 1, "twice"],
    [["--labels", "a,b", "--template", "It is so."], 1, "request-invalid"],
    [["--template", "It is {}."], 2, "give --labels too"],
    [["--labels", "a,b", "--task", "text-classification"], 2, "--labels is for --task zero-shot-classification"],
  ])("are refused clearly where they do not fit: %j", async (args, status, words) => {
    const outcome = await run(program, [text, ...args, ...comparing]);
    expect(outcome).toMatchObject({ status, out: "" });
    expect(outcome.err).toContain(words);
  });
});
