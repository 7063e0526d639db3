import { describe, expect, it } from "vitest";
import { inert, inertLines } from "../../../src/editor/inert";

/** What the editor's notifications and progress messages take for a link. */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
/** What its status items and lists take for an icon. */
const icon = /\$\([\w-]+(?:~[a-z]+)?\)/i;

describe("inert", () => {
  it.each([
    "[Repair](command:workbench.action.terminal.new)",
    '[Repair](command:a.b "a title")',
    "[a]\u200b(https://example.com)",
    "[a](https://example.com)[b](file:///etc/passwd)",
    "[[a]](HTTPS://example.com)",
    "[a]\u202e(command:x)",
    "$(trash) $(sync~spin) $$(x)",
    "$\u200b(trash)",
    "[修复](command:x)",
  ])("leaves no link and no icon in %s", (words) => {
    const shown = inert(`The model says ${words}.`);
    expect(shown).not.toMatch(link);
    expect(shown).not.toMatch(icon);
    expect(shown).toMatch(/^The model says .*\.$/);
  });

  it("leaves sentences of ours as they are", () => {
    const sentence = "The text has 12 tokens (of 5): $5 [sic] – select less. 好的 إيجابي";
    expect(inert(sentence)).toBe(sentence);
  });

  it("ends after a thousand characters", () => {
    expect([...inert("x".repeat(100_000))]).toHaveLength(1000);
  });
});

describe("inertLines", () => {
  it("opens no address, and no line passes for an entry of its own", () => {
    expect(inertLines("a\n2026-01-01 [error] b https://example.com\r\nc\u001b[0m")).toBe(
      "a\n    2026-01-01 [error] b https: //example.com\n    c [0m",
    );
  });
});
