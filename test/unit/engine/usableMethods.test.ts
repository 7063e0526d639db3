import { expect, it } from "vitest";
import { formatMessage } from "../../../src/common/message";
import type { LoadedModel } from "../../../src/engine/loadedModel";
import { lackOf, offeredBy } from "../../../src/engine/usableMethods";
import { twoStreams } from "../../../src/graph/refusal";
import { implementations } from "../../../src/methods/registry";

it("offers what the parts of a model can do, and nothing of those it has not", () => {
  const model = { attention: {}, gradients: {}, task: {} } as unknown as LoadedModel;
  expect([...offeredBy(model)]).toEqual(["evaluations", "target", "attention", "gradients"]);
  expect([...offeredBy({ ...model, attention: null })]).toEqual(["evaluations", "target", "gradients"]);
  const alone = { attention: null, gradients: null, task: {} } as unknown as LoadedModel;
  expect([...offeredBy(alone)]).toEqual(["evaluations", "target"]);
  const silent = { ...model, task: { ...model.task, isSilent: true as const } };
  expect([...offeredBy(silent)]).toEqual(["evaluations", "attention", "gradients"]);
});

it("says of methods that look inside that they follow one stream alone, where a model has two, but of those that follow attention between both", () => {
  const nothing = { refused: new Map(), missing: new Map([["oneStream" as const, twoStreams().text]]) };
  const refusedIn = (readsOutput: boolean, found = nothing) =>
    Object.entries(implementations).flatMap(([id, method]) => {
      const why = method.asks === "inside" ? lackOf(method, found, { session: { readsOutput } }) : null;
      return why ? [`${id}: ${formatMessage(why).slice(0, 45)}`] : [];
    });
  const refused = (ids: readonly string[]) => ids.map((id) => `${id}: This model reads a text in one part and answe`);
  expect(refusedIn(false).toSorted()).toEqual(refused(["alti", "chefer"]));
  expect(refusedIn(false, { ...nothing, missing: new Map() })).toEqual([]);
  const others = ["alti", "attentionNorm", "gradCam", "valueZeroing"];
  expect(refusedIn(true).toSorted()).toEqual(refused(others));
});
