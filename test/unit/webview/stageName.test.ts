import { describe, expect, it } from "vitest";
import { panelStrings } from "../../../src/common/panelStrings";
import { stageName } from "../../../webview/sections/heads/stageName";

describe("the part of an encoder and a decoder that a layer is of", () => {
  const stages = [
    { part: "encoder", layer: 0 },
    { part: "decoder", layer: 0 },
    { part: "cross", layer: 0 },
  ] as const;
  const attention = { layers: 3, heads: 2, kind: "self", lookers: [] } as const;

  it("is named with its number there, and is nothing elsewhere", () => {
    const named = (layer: number | null) => stageName({ attention: { ...attention, stages } }, layer, panelStrings);
    expect([0, 1, 2, 3, null].map(named)).toEqual(["encoder 1", "decoder 1", "output to text 1", null, null]);
    expect(stageName({ attention }, 0, panelStrings)).toBeNull();
    expect(stageName({ attention: null }, 0, panelStrings)).toBeNull();
  });
});
