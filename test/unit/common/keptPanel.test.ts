import { describe, expect, it } from "vitest";
import { readKeptPanel } from "../../../src/common/keptPanel";
import { isTask, tasks } from "../../../src/common/task";
import { attribution, sampleExplanation } from "../editor/fixture";
import { keptPanel } from "../panel/kept";

/** As it comes back from the editor. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

/** The kept panel with one value, at a place such as `subject.explanation.text`, replaced. */
function changed(place: string, value: unknown): unknown {
  const kept = asJson(keptPanel()) as Record<string, unknown>;
  const names = place.split(".");
  const last = names.pop() ?? "";
  const inside = names.reduce<unknown>((object, name) => Reflect.get(object as object, name), kept);
  Reflect.set(inside as object, last, value);
  return kept;
}

describe("readKeptPanel", () => {
  it("takes what this version wrote", () => {
    expect(readKeptPanel(asJson(keptPanel()))).toMatchObject(keptPanel());
  });

  it("takes every task, and every kind of target and scale", () => {
    const explanation = sampleExplanation();
    const task = Object.keys(tasks).filter(isTask).at(-1) ?? "text-classification";
    const target = { ...explanation.target, kind: "number" } as const;
    const attributions = [{ ...attribution("lime", [0.1]), scale: "number" } as const];
    const model = { ...explanation.model, task };
    const kept = keptPanel({ ...explanation, target, attributions, model });
    expect(readKeptPanel(asJson(kept)).subject?.explanation.model.task).toBe(task);
  });

  it("takes errors that are not known yet, which JSON has no number for", () => {
    const scores = [0, 0.1];
    const unsure = { ...attribution("lime", scores), standardErrors: [Number.POSITIVE_INFINITY, 0.1] };
    const found = readKeptPanel(asJson(keptPanel(sampleExplanation({ attributions: [unsure] }))));
    expect(found.subject?.explanation.attributions[0]?.scores).toEqual(scores);
  });

  it.each([
    ["nothing", undefined],
    ["no object", 3],
    ["a list", []],
    ["nothing kept", {}],
    ["another version", changed("subject.explanation.schema", 3)],
    ["text that is none", changed("subject.explanation.text", 5)],
    ["another text than was read", changed("subject.read.text", "Another.")],
    ["a token that is none", changed("subject.explanation.tokens.1", { index: 1 })],
    ["a place that is none", changed("subject.explanation.tokens.1.start", -1)],
    ["a score that is none", changed("subject.explanation.attributions.0.scores.2", "<b>")],
    ["a method that is none", changed("subject.explanation.attributions.0.method", "toString")],
    ["a sentence that is none", changed("subject.explanation.warnings", ["careful"])],
    ["a model that is none", changed("subject.explanation.model.reference", { directory: 7, file: null })],
    ["a request that is none", changed("subject.request.lime.samples", 1e12)],
    ["a request without a model", changed("subject.request.model", null)],
    ["a run out of the text", changed("subject.read.runs.0", 10_000)],
    ["a document that is none", changed("subject.uri", null)],
    ["a start that is none", changed("status.place.start", -3)],
    ["a run that nobody knows of", changed("status.progress", { phase: "lime" })],
    ["no status", changed("status", null)],
  ])("takes nothing of %s", (_what, kept) => {
    expect(readKeptPanel(kept)).toEqual({ subject: null, status: null });
  });
});
