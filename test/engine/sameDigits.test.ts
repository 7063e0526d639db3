import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Explanation } from "../../src/common/explanation";
import type { MethodId } from "../../src/common/method";
import { defaultOptions } from "../../src/common/options";
import { createEngine, type Engine } from "../../src/engine/engine";
import { never, requestFor } from "./support";

const texts = [
  "dull",
  "An odd but moving film.",
  "It's not the worst film of the year, but hardly a good one.",
  "A gorgeous, witty and seductive movie, though its unsubtle ending never earns its tears.",
  "Ein seltsamer Film über 東京 🙂",
  "the the the the the best best best of the the worst",
] as const;
const lime = { ...defaultOptions.lime, samples: 160 };
const all = [
  "partitionShap",
  "permutationShap",
  "kernelShap",
  "lrp",
  "integratedGradients",
  "occlusion",
  "lime",
  "rollout",
  "attention",
  "alti",
  "saliency",
  "gradientXInput",
  "smoothGrad",
  "deepLift",
] as const satisfies readonly MethodId[];
/** Methods that are asked for by themselves, in an order of their own. */
const alone = [
  ["partitionShap"],
  ["permutationShap"],
  ["lime"],
  ["occlusion"],
  ["rollout"],
  ["alti"],
  ["gradientXInput"],
] as const;

let engines: readonly Engine[];

beforeAll(() => {
  engines = [1, 2].map((threads) => createEngine({ threads, memoryMegabytes: 1024 }));
});

afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

/** Everything that is shown of each method, times apart. */
function shown(explanation: Explanation): Map<MethodId | "prediction", string> {
  const text = (value: unknown) =>
    JSON.stringify(value, (key, inner: unknown) => (key === "milliseconds" ? undefined : inner));
  return new Map<MethodId | "prediction", string>([
    ["prediction", text([explanation.prediction, explanation.target])],
    ...explanation.attributions.map((attribution) => [attribution.method, text(attribution)] as const),
  ]);
}

describe.each(texts)("the digits of %s", (content) => {
  it("are the same with one thread and two, alone and beside other methods, on a new engine and a used one", async () => {
    const [first, second] = engines;
    const explain = async (engine: Engine | undefined, methods: readonly MethodId[]) =>
      engine
        ? shown(await engine.explain(requestFor(content, { methods, lime, target: "positive" }), never))
        : new Map();
    const wanted = await explain(first, all);
    expect(wanted.size).toBe(all.length + 1);
    for (const methods of alone) {
      const found = await explain(second, methods);
      for (const [name, value] of found) {
        expect(value, name).toBe(wanted.get(name));
      }
    }
    expect(await explain(second, all)).toEqual(wanted);
    expect(await explain(first, all)).toEqual(wanted);
  });
});
