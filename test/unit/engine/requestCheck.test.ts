import { describe, expect, it } from "vitest";
import type { ExplainRequest } from "../../../src/common/explanation";
import { defaultOptions } from "../../../src/common/options";
import { checkRequest } from "../../../src/engine/requestCheck";
import { thrownBy } from "../../support/reasonOf";

const request: ExplainRequest = { ...defaultOptions, text: "fine", model: { directory: "/m", file: null } };
const { lime, model } = request;

describe("a request from another process", () => {
  it("is taken when it is as it must be", () => {
    expect(() => checkRequest(request)).not.toThrow();
    expect(() =>
      checkRequest({
        ...request,
        pair: "b",
        target: "a",
        layer: 3,
        masked: [0, 7],
        lime: { ...lime, mode: "plain", features: "bag", keep: 6, samples: 1_000_000, tolerance: 1 },
      }),
    ).not.toThrow();
  });

  it.each<[string, object | null]>([
    ["text", null],
    ["text", { text: 3 }],
    ["pair", { pair: undefined }],
    ["model.directory", { model: null }],
    ["model.file", { model: { ...model, file: 1 } }],
    ["target", { target: 1 }],
    ["versus", { versus: [] }],
    ["methods", { methods: ["lime", "magic"] }],
    ["methods", { methods: "lime" }],
    ["units", { units: "paragraph" }],
    ["baseline", { baseline: "zeros" }],
    ["seed", { seed: -1 }],
    ["seed", { seed: 0.5 }],
    ["lime.mode", { lime: undefined }],
    ["lime.features", { lime: { ...lime, features: "__proto__" } }],
    ["lime.keep", { lime: { ...lime, keep: 0 } }],
    ["lime.samples", { lime: { ...lime, samples: Number.POSITIVE_INFINITY } }],
    ["lime.samples", { lime: { ...lime, samples: 1e9 } }],
    ["lime.tolerance", { lime: { ...lime, tolerance: Number.NaN } }],
    ["owen.guided", { owen: { guided: 1, samples: null } }],
    ["owen.samples", { owen: { guided: true, samples: 1 } }],
    ["effort", { effort: "4" }],
    ["effort", { effort: Number.NaN }],
    ["layer", { layer: -1 }],
    ["masked", { masked: [1, "2"] }],
  ])("names %s when that is not: %j", (field, change) => {
    const sent = change === null ? null : { ...request, ...change };
    const error = thrownBy(() => checkRequest(sent as ExplainRequest));
    expect(error.reason).toBe("request-invalid");
    expect(error.message).toContain(`: ${field} must be `);
  });
});
