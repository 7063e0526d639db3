import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type ChatTurn, renderChat } from "../../../src/text/chatTemplate";

interface Golden {
  readonly tokens: Readonly<Record<string, string>>;
  readonly cases: readonly {
    readonly name: string;
    readonly template: string;
    readonly turns: readonly ChatTurn[];
    /** `null` where the template refuses the conversation. */
    readonly text: string | null;
  }[];
}

const file = new URL("../../golden/generation/chat.json.gz", import.meta.url);
const { tokens, cases } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Golden;
const user: ChatTurn = { role: "user", content: "Hello" };
const refused = expect.objectContaining({ reason: "tokenizer-unsupported" });

describe("a chat template", () => {
  it.each(cases)("$name gives the text of transformers for $turns", async ({ template, turns, text }) => {
    const rendering = renderChat(template, turns, tokens);
    if (text === null) {
      await expect(rendering).rejects.toEqual(refused);
    } else {
      expect(await rendering).toBe(text);
    }
  });

  it.each([
    ["does not parse", "{% for message in messages %}{{ message.content"],
    ["has an unknown block", "{% include 'other' %}"],
    [
      "loops",
      "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}x{% endfor %}{% endfor %}{% endfor %}",
    ],
    ["asks for a huge list", "{{ range(1000000000) | length }}"],
    ["asks for an endless list", "{{ range(1, 5, 0) | length }}"],
    ["calls itself", "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}"],
    [
      "doubles a text",
      `{% set ns = namespace(t='xx') %}{% for i in range(60) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}{{ ns.t }}`,
    ],
    [
      "copies a long text again and again",
      `{% set ns = namespace(t='${"x".repeat(150_000)}') %}{% for i in range(9999) %}{{ ns.t | upper | length }}{% endfor %}`,
    ],
  ])("that %s is refused", async (_, template) => {
    await expect(renderChat(template, [user], tokens)).rejects.toEqual(refused);
  });
});
