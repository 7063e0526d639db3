import { expect, it, vi } from "vitest";
import { quickMeasureIds, rerunMeasureIds } from "../../../src/common/measure";
import { message } from "../../../src/common/message";
import type { MethodId } from "../../../src/common/method";
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

it("makes the chosen method the editor's, and has it added where it has not been", async () => {
  const set: [string, unknown][] = [];
  const added: (readonly MethodId[])[] = [];
  const parts = {
    settings: {
      set: (key: string, value: unknown) => {
        set.push([key, value]);
        return Promise.resolve();
      },
    } as unknown as SettingsStore,
    controller: {
      addMethods: (_: Explained, methods: readonly MethodId[]) => {
        added.push(methods);
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
  expect(added).toEqual([["random"], ["lrp"], ["rollout"], ["saliency"]]);
});

it("plans with what the engine has found out about the model since", async () => {
  const asked: object[] = [];
  const engine = {
    request: (name: string, params: object) => {
      if (name === "describeModel") {
        return Promise.resolve({ methods: [{ id: "lrp", available: false, why: message("No rule.") }] });
      }
      asked.push(params);
      const methods = [
        { method: "lrp", evaluations: 2, why: null },
        { method: "lime", evaluations: 1000, why: null },
      ];
      return Promise.resolve({ methods, measuring: 9 });
    },
  } as unknown as Engine;
  const known = vi.fn();
  const offered = new OfferedMethods(engine, known);
  offered.of(explained);
  await until(() => known.mock.calls.length > 0, "the description");
  expect(await offered.planOf(explained, explanation, new AbortController().signal)).toEqual({
    methods: [
      { method: "lrp", evaluations: null, why: message("No rule.") },
      { method: "lime", evaluations: 1000, why: null },
    ],
    measuring: 9,
    checking: 9,
  });
  // What knows nothing of the model is measured with the others anyway.
  expect(asked).toMatchObject(
    [quickMeasureIds, rerunMeasureIds].map((measures) => ({
      request: { measures },
      attributions: [{ method: "lime" }],
    })),
  );
});
