import { describe, expect, it } from "vitest";
import { resolveBaseline } from "../../../src/engine/baseline";

const none = { mask: null, pad: null, unk: null, cls: null, sep: null, eos: null };
const vocabulary = (specials: Partial<Record<keyof typeof none, number>>) => ({
  specials: { ...none, ...specials },
  idToPiece: (id: number) => `piece ${id}`,
});

describe("the token that stands for a missing one", () => {
  it("is the one asked for, else the next in the order mask, pad, unk, eos, which is said", () => {
    expect(resolveBaseline("mask", vocabulary({ mask: 4, pad: 0 }), true)).toEqual({
      replacement: { kind: "id", id: 4 },
      placeholder: 4,
      ofRows: "mask",
      ofEmbeddings: "mask",
      warning: null,
    });
    const instead = resolveBaseline("mask", vocabulary({ unk: 3, eos: 2 }), true);
    expect(instead.replacement).toEqual({ kind: "id", id: 3 });
    expect(instead.warning?.args).toEqual(["mask", "piece 3"]);
  });

  it("is the mask token where ids are replaced and zeros are asked for, which is said; where embeddings are fed it is not needed", () => {
    const zero = resolveBaseline("zero", vocabulary({ mask: 4 }), false);
    expect(zero).toMatchObject({ replacement: { id: 4 }, placeholder: 4, ofRows: "mask", ofEmbeddings: "zero" });
    expect(zero.warning?.args).toEqual(["piece 4"]);
    const fed = resolveBaseline("zero", vocabulary({ mask: 4 }), true);
    expect(fed).toMatchObject({ replacement: { id: -1 }, placeholder: 4, ofRows: "zero", warning: null });
  });

  it("is not needed where tokens are deleted", () => {
    expect(() => resolveBaseline("unk", vocabulary({ pad: 1 }), true)).toThrow(/Choose the baseline delete/);
    expect(resolveBaseline("delete", vocabulary({}), true)).toEqual({
      replacement: { kind: "delete" },
      placeholder: null,
      ofRows: "delete",
      ofEmbeddings: "zero",
      warning: null,
    });
  });
});
