import { describe, expect, it } from "vitest";
import { modelName } from "../../../src/common/modelName";

describe("the name of a model's folder", () => {
  it.each([
    ["/home/me/models/sentiment", "sentiment"],
    ["/home/me/models/sentiment/", "sentiment"],
    ["C:\\models\\run\\checkpoint-500", "checkpoint-500"],
    ["/cache/hub/models--owner--name/snapshots/0123456789abcdef", "owner/name"],
    ["C:\\cache\\hub\\models--owner--name\\snapshots\\0123", "owner/name"],
    ["/cache/hub/models--gpt2/snapshots/0123", "gpt2"],
    ["/cache/hub/datasets--owner--name/snapshots/0123", "0123"],
    ["/work/snapshots/best", "best"],
    ["/", "/"],
  ])("of %s is %s", (directory, name) => {
    expect(modelName(directory)).toBe(name);
  });
});
