import { expect, it, vi } from "vitest";
import type { ExplainRequest } from "../../../src/common/explanation";
import type { Controller } from "../../../src/editor/controller";
import type { Engine } from "../../../src/editor/engine";
import type { Explained } from "../../../src/editor/explained";
import type { SettingsStore } from "../../../src/editor/settingsStore";
import { chooseMethod, OfferedMethods } from "../../../src/panel/methodChoice";
import { until } from "../../support/until";
import { attribution, sampleExplanation } from "../editor/fixture";

const explanation = sampleExplanation({ attributions: [attribution("lime", []), attribution("random", [])] });
const explained = {
  explanation,
  run: null,
  request: { target: null, versus: null, masked: [3] },
} as unknown as Explained;

it("offers what runs on the model once the engine has said so, and what has been run", async () => {
  const asked: string[] = [];
  const engine = {
    request: (name: string) => {
      asked.push(name);
      const available = [
        { id: "lrp", available: true, why: null },
        { id: "attention", available: false, why: null },
        { id: "lime", available: true, why: null },
      ];
      return Promise.resolve({ methods: available });
    },
  } as unknown as Engine;
  const known = vi.fn();
  const offered = new OfferedMethods(engine, known);
  expect(offered.of(explained)).toEqual(["lime", "random"]);
  await until(() => known.mock.calls.length > 0, "the description");
  expect(offered.of(explained)).toEqual(["lime", "lrp", "random"]);
  expect(asked).toEqual(["describeModel"]);
});

it("asks again for the next explanation where the engine could not say", async () => {
  let asked = 0;
  const engine = {
    request: () => {
      asked++;
      return asked === 1
        ? Promise.reject(new Error("No."))
        : Promise.resolve({ methods: [{ id: "lrp", available: true, why: null }] });
    },
  } as unknown as Engine;
  const known = vi.fn();
  const offered = new OfferedMethods(engine, known);
  for (let times = 0; times < 3; times++) {
    expect(offered.of(explained)).toEqual(["lime", "random"]);
    await new Promise(setImmediate);
  }
  expect(asked).toBe(1);
  const next = { ...explained, explanation: { ...explanation } };
  offered.of(next);
  await until(() => known.mock.calls.length > 0, "the description");
  expect(offered.of(next)).toEqual(["lime", "lrp", "random"]);
  expect(asked).toBe(2);
});

it("makes the chosen method the editor's, and runs it with the same question where it has not been", async () => {
  const set: [string, unknown][] = [];
  const again: Partial<ExplainRequest>[] = [];
  const parts = {
    settings: {
      set: (key: string, value: unknown) => {
        set.push([key, value]);
        return Promise.resolve();
      },
    } as unknown as SettingsStore,
    controller: {
      again: (_: Explained, options: Partial<ExplainRequest>) => {
        again.push(options);
        return Promise.resolve();
      },
    } as unknown as Controller,
  };
  for (const method of ["random", "lrp", "rollout", "saliency"] as const) {
    await chooseMethod(parts, explained, method);
  }
  expect(set).toEqual([
    ["importance.method", "random"],
    ["importance.method", "lrp"],
    ["attention.method", "rollout"],
  ]);
  const question = { target: null, versus: null, masked: [3] };
  expect(again).toEqual([
    { ...question, methods: ["lrp"] },
    { ...question, methods: ["rollout"] },
    { ...question, methods: ["saliency"] },
  ]);
});
