import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatMessage } from "../../src/common/message";
import { methodInfo } from "../../src/common/method";
import { createEngine, type Engine } from "../../src/engine/engine";
import { never, requestFor } from "./support";

const text =
  "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for.";
let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(() => engine.dispose());

describe("the most faithful method", () => {
  it("comes first, of those of the request and those that the effort affords, with why", async () => {
    const request = requestFor(text, { methods: ["rollout", "occlusion"], choose: "faithful" });
    const { attributions, measures } = await engine.explain(request, never);
    const ran = attributions.map(({ method }) => method);
    expect(ran).toEqual(expect.arrayContaining(["rollout", "occlusion", "gradientXInput", "lrp"]));
    // It takes more evaluations than the effort affords.
    expect(ran).not.toContain("lime");
    const figureOf = (wanted: string) =>
      measures.find(({ method }) => method === wanted)?.values.comprehensiveness?.value ?? Number.NaN;
    const signed = ran.filter((method) => methodInfo(method).scores === "signed");
    expect(figureOf(ran[0] ?? "")).toBe(Math.max(...signed.map(figureOf)));
    expect(figureOf(ran[0] ?? "")).toBeGreaterThan(figureOf("random"));
    const [why] = attributions[0]?.notes.map(formatMessage) ?? [];
    expect(why).toBe(
      `${methodInfo(ran[0] ?? "lime").label} was chosen as the most faithful of ${signed.length} methods here (Comprehensiveness ${figureOf(ran[0] ?? "").toFixed(3)}, random scores ${figureOf("random").toFixed(3)}): its strongest part, “${strongest(attributions[0])}”, is also that of ${agreeing(attributions.filter(({ method }) => signed.includes(method)))} of the ${signed.length - 1} others.`,
    );
  });

  it("has the scores that it has when it is asked for by name, and costs no more than the effort", async () => {
    const request = requestFor(text, { methods: ["occlusion"], choose: "faithful", effort: 0.5 });
    const { attributions } = await engine.explain(request, never);
    const plain = await engine.explain({ ...request, choose: "given" }, never);
    const occlusion = attributions.find(({ method }) => method === "occlusion");
    expect(occlusion?.scores).toEqual(plain.attributions[0]?.scores);
    const further = attributions.filter(({ method }) => method !== "occlusion");
    expect(further.reduce((sum, { evaluations }) => sum + evaluations, 0)).toBeLessThanOrEqual(40);
  });

  const sizes = (scores: readonly number[] = []) => scores.map(Math.abs);
  const place = (scores: readonly number[] | undefined) => sizes(scores).indexOf(Math.max(...sizes(scores)));
  const words = text.match(/\w+|[^\w\s]/g) ?? [];

  function strongest(attribution: { readonly scores: readonly number[] } | undefined): string {
    // Token 0 is special, and no word before the strongest has several tokens.
    return words[place(attribution?.scores) - 1] ?? "";
  }

  function agreeing([first, ...others]: readonly { readonly scores: readonly number[] }[]): number {
    return others.filter(({ scores }) => place(scores) === place(first?.scores)).length;
  }
});
