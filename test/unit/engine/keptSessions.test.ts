import { describe, expect, it } from "vitest";
import { type ErrorReason, ExplainError } from "../../../src/common/errors";
import type { GradientSession } from "../../../src/engine/gradientSession";
import { KeptSessions } from "../../../src/engine/keptSessions";
import type { RuleSetName } from "../../../src/graph/gradient/ruleSets";
import { reasonOf } from "../../engine/support";

/** Loading that ends in turn as told: with an error of a reason, or with a session of some bytes. */
function loading(...ends: (ErrorReason | number)[]) {
  return loadingIn(Number.POSITIVE_INFINITY, ...ends);
}

/** As {@link loading}, with so much memory for all of them. */
function loadingIn(memory: number, ...ends: (ErrorReason | number)[]) {
  const released: number[] = [];
  let loads = 0;
  const kept: KeptSessions<RuleSetName, GradientSession> = new KeptSessions(
    async () => {
      const end = ends[loads++];
      if (typeof end !== "number") {
        throw new ExplainError(end ?? "internal", "No.");
      }
      const session: Pick<GradientSession, "bytes" | "release"> = {
        bytes: end,
        release: async () => {
          released.push(end);
        },
      };
      return session as GradientSession;
    },
    () => memory - kept.bytes,
  );
  return { kept, released, loads: () => loads };
}

describe("the gradients of a model", () => {
  it("are loaded once and counted", async () => {
    const { kept, loads } = loading(7, 8);
    expect(kept.bytes).toBe(0);
    const [first, second] = await Promise.all([kept.get("gradient"), kept.get("gradient")]);
    expect(first).toBe(second);
    expect(await kept.get("gradient")).toBe(first);
    expect(loads()).toBe(1);
    expect(kept.bytes).toBe(7);
  });

  it("are kept for each set of rules by itself", async () => {
    const { kept, released, loads } = loading(7, 8);
    const [gradient, relevance] = [await kept.get("gradient"), await kept.get("relevance")];
    expect(relevance).not.toBe(gradient);
    expect(await kept.get("relevance")).toBe(relevance);
    expect([loads(), kept.bytes]).toEqual([2, 15]);
    await kept.release();
    expect(released).toEqual([7, 8]);
  });

  it("are loaded again after what may pass", async () => {
    const { kept, loads } = loading("not-enough-memory", "model-file-corrupt", 7);
    expect(await reasonOf(kept.get("gradient"))).toBe("not-enough-memory");
    expect(await reasonOf(kept.get("gradient"))).toBe("model-file-corrupt");
    expect((await kept.get("gradient")).bytes).toBe(7);
    expect(loads()).toBe(3);
  });

  it("count before they are loaded, and no more where that fails for good", async () => {
    let end: (session: GradientSession) => void = () => undefined;
    let fail: (error: unknown) => void = () => undefined;
    const kept = new KeptSessions<RuleSetName, GradientSession>(
      (_, reserve) => {
        reserve(9);
        return new Promise((resolve, reject) => {
          [end, fail] = [resolve, reject];
        });
      },
      () => 0,
    );
    const loaded = kept.get("gradient");
    await Promise.resolve();
    expect([kept.bytes, kept.spare]).toEqual([9, 0]);
    end({ bytes: 7 } as GradientSession);
    await loaded;
    expect([kept.bytes, kept.spare]).toEqual([7, 7]);
    const refused = reasonOf(kept.get("deepLift"));
    await Promise.resolve();
    expect(kept.bytes).toBe(7 + 9);
    fail(new ExplainError("operator-unsupported", "No."));
    expect(await refused).toBe("operator-unsupported");
    expect(kept.bytes).toBe(7);
  });

  it("that were used longest ago are given up first", async () => {
    const { kept, released } = loading(7, 8);
    await kept.get("gradient");
    await kept.get("relevance");
    await kept.use("gradient", async () => undefined);
    await kept.giveUpIdle(() => kept.bytes <= 7);
    expect(released).toEqual([8]);
  });

  it("are not tried again where the model has none", async () => {
    const { kept, loads } = loading("operator-unsupported", 7);
    expect(await reasonOf(kept.get("gradient"))).toBe("operator-unsupported");
    expect(await reasonOf(kept.get("gradient"))).toBe("operator-unsupported");
    expect(loads()).toBe(1);
  });

  it("that were given up are loaded when asked for again", async () => {
    const { kept, released } = loading(7, 8);
    await kept.get("gradient");
    await kept.release();
    expect(released).toEqual([7]);
    expect(kept.bytes).toBe(0);
    expect((await kept.get("gradient")).bytes).toBe(8);
    await kept.release();
    await kept.release();
    expect(released).toEqual([7, 8]);
  });

  it("make room for those of other rules where memory is short, unless they are in use", async () => {
    const { kept, released } = loadingIn(20, 7, 8, 9, 6);
    await kept.use("gradient", async () => undefined);
    await kept.use("relevance", async () => undefined);
    expect([kept.bytes, released]).toEqual([15, []]);
    await kept.use("relevance", async () => {
      await kept.use("deepLift", async ({ bytes }) => expect(bytes).toBe(9));
      expect(released).toEqual([7]);
    });
    expect(kept.bytes).toBe(17);
    await kept.use("relevance", async ({ bytes }) => expect(bytes).toBe(8));
    await kept.use("gradient", async ({ bytes }) => expect(bytes).toBe(6));
    // Relevance was used after DeepLIFT.
    expect([kept.bytes, released]).toEqual([14, [7, 9]]);
  });
});
