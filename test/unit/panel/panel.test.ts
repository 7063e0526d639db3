import { describe, expect, it } from "vitest";
import { message } from "../../../src/common/message";
import { panelStrings } from "../../../src/common/panelStrings";
import { panelHtml } from "../../../src/panel/panelHtml";
import { contentTokens, parsePanelMessage } from "../../../src/panel/panelMessages";
import { saidSentences, translateError, translatePanelStrings } from "../../../src/panel/translated";
import { attribution, english, sampleExplanation } from "../editor/fixture";

describe("parsePanelMessage", () => {
  it("takes what the protocol names, and nothing more of it", () => {
    expect(parsePanelMessage({ id: 1, request: "ready", params: { a: 1 }, extra: 2 })).toEqual({
      id: 1,
      request: "ready",
      params: null,
    });
    const look = { kind: "head", layer: 3, head: 6 };
    const asked = { window: 0, look: { ...look, file: "/etc" }, model: "/etc" };
    expect(parsePanelMessage({ id: 2, request: "look", params: asked })).toEqual({
      id: 2,
      request: "look",
      params: { window: 0, look },
    });
    const again = { target: "positive", versus: null, position: null, masked: [2] };
    expect(parsePanelMessage({ id: 3, request: "explainAgain", params: again })).toMatchObject({ params: again });
    expect(parsePanelMessage({ id: 5, request: "explainMoreExactly", params: {} })).toMatchObject({ params: null });
    expect(parsePanelMessage({ id: 5, request: "useRawText", params: { id: 7 } })).toEqual({
      id: 5,
      request: "useRawText",
      params: null,
    });
    const wanted = { format: "csv", to: "file" };
    expect(parsePanelMessage({ id: 6, request: "export", params: { ...wanted, path: "/etc/passwd" } })).toEqual({
      id: 6,
      request: "export",
      params: wanted,
    });
    const choice = { method: "lrp" };
    expect(parsePanelMessage({ id: 4, request: "chooseMethod", params: choice })).toMatchObject({ params: choice });
  });

  it.each([
    null,
    "ready",
    [],
    {},
    { id: "1", request: "ready" },
    { id: 1.5, request: "ready" },
    { id: 1, request: "openFile", params: {} },
    { id: 1, request: "toString" },
    { id: 1, request: "look", params: { window: -1, look: { kind: "overview" } } },
    { id: 1, request: "look", params: { window: 0, look: { kind: "head", layer: 1e12, head: 0 } } },
    { id: 1, request: "look", params: { window: 0, look: { kind: "head", layer: "1", head: 0 } } },
    { id: 1, request: "look", params: { window: 0, look: { kind: "aggregate", by: "sum", layer: null } } },
    { id: 1, request: "look", params: { window: 0, look: { kind: "toString" } } },
    { id: 1, request: "look", params: { window: 0 } },
    { id: 1, request: "predictMasked", params: { masked: "all" } },
    { id: 1, request: "predictMasked", params: { masked: [1, Number.NaN] } },
    { id: 1, request: "explainAgain", params: { target: 3, versus: null, masked: [] } },
    { id: 1, request: "explainAgain", params: { target: "x".repeat(2000), versus: null, masked: [] } },
    { id: 1, request: "highlight", params: { tokens: { length: 5 } } },
    { id: 1, request: "reveal", params: null },
    { id: 1, request: "chooseMethod", params: { method: "magic" } },
    { id: 1, request: "chooseMethod", params: { method: "__proto__" } },
    { id: 1, request: "export", params: { format: 3, to: "file" } },
    { id: 1, request: "export", params: { format: "csv", to: "/etc" } },
  ])("drops %j", (data) => {
    expect(parsePanelMessage(data)).toBeNull();
  });
});

describe("contentTokens", () => {
  it("keeps tokens of the text only, once and in order", () => {
    expect(contentTokens(sampleExplanation(), [5, 2, 2, 0, 8, 99])).toEqual([2, 5]);
  });
});

describe("panelHtml", () => {
  const html = panelHtml({
    script: 'https://w/"><script>alert(1)</script>',
    style: "https://w/webview.css",
    cspSource: "https://w",
    nonce: "n0nce",
    language: "en",
    title: "A <b> title",
  });
  it("allows the one script, local styles and pictures, and nothing else", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";
    expect(policy.split("; ").sort()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "font-src https://w",
      "form-action 'none'",
      "img-src https://w data:",
      "script-src 'nonce-n0nce'",
      "style-src https://w",
    ]);
    expect(html).not.toContain("unsafe");
  });
  it("has no inline script or style, and escapes what goes in", () => {
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toMatch(/<style|style=|onload|<b>/);
  });
});

describe("words in the person's language", () => {
  const shout = (template: string, ...args: (string | number)[]): string => english(template, ...args).toUpperCase();

  it("translates sentences and leaves no gap open", () => {
    const explanation = sampleExplanation({
      warnings: [message("{0} windows", 3)],
      attributions: [{ ...attribution("lime", [1]), notes: [message("stopped at {0}", 1000)] }],
    });
    expect(saidSentences(explanation, shout)).toEqual({ warnings: ["3 WINDOWS"], notes: [["STOPPED AT 1000"]] });
    expect(translateError(new Error("boom"), shout)).toEqual({
      reason: "internal",
      message: { template: "SOMETHING UNEXPECTED WENT WRONG: BOOM", args: [] },
    });
  });

  it("keeps the gaps of the panel's words for the panel", async () => {
    expect(await translatePanelStrings(english)).toEqual(panelStrings);
  });
});
