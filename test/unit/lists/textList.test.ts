import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { maximumRecordCharacters } from "../../../src/lists/lineReader";
import { type ListKindName, listKindOf, listKindOfDocument, listKinds } from "../../../src/lists/textList";
import { reasonOf } from "../../support/reasonOf";

/** The texts of a list, or why there is none. */
function texts(kind: ListKindName, list: string, field: string | null = null): string[] {
  const reader = listKinds[kind].reader({ field, pair: null, rationale: null });
  const found = [...reader.push(list), ...reader.end()];
  return found.map(({ text }) => (text instanceof ExplainError ? text.reason : text));
}

describe("a list of texts", () => {
  it("is known by its file's name, or as a document of its kind", () => {
    expect(["a.TXT", "/x/b.csv", "c.tsv", "d.jsonl", "e.ndjson", "f.md", "csv"].map(listKindOf)).toEqual([
      "lines",
      "commas",
      "tabs",
      "jsonLines",
      "jsonLines",
      null,
      null,
    ]);
    expect([listKindOfDocument("csv"), listKindOfDocument("plain"), listKindOfDocument("markdown")]).toEqual([
      "commas",
      "lines",
      null,
    ]);
  });

  it.each([
    ["lines", "one\n\ntwo", []],
    ["commas", 'id,"the, text",label\n1,a,b\n', ["id", "the, text", "label"]],
    ["tabs", "id\ttext\n1\ta", ["id", "text"]],
    ["jsonLines", '{"id":1,"review":"a","label":"b"}\n{"other":"c"}', ["review", "label"]],
    ["jsonLines", "no JSON\n", []],
    ["commas", "", []],
  ] as const)("of %s names the parts of which one is the text", (kind, list, names) => {
    expect(listKinds[kind].names(list)).toEqual(names);
  });

  it("names the parts of a list whose first record is all there is to hold", () => {
    expect(listKinds.commas.names(`a,b\n${"x".repeat(2 * maximumRecordCharacters)}`)).toEqual(["a", "b"]);
    expect(listKinds.commas.names("x".repeat(2 * maximumRecordCharacters))).toEqual([]);
  });

  it("has the texts of the part that is asked for, and says where there is none", () => {
    expect(texts("lines", "one\n\ntwo")).toEqual(["one", "two"]);
    expect(texts("commas", "id,review\n1,a\n2\n3,c", "review")).toEqual(["a", "input-unreadable", "c"]);
    expect(texts("jsonLines", '{"review":"a"}\n{"review":1}\n?', "review")).toEqual([
      "a",
      "input-unreadable",
      "input-unreadable",
    ]);
    expect(reasonOf(() => texts("tabs", "id\ttext\n1\ta", "review"))).toBe("column-unknown");
  });

  it.each([
    ["commas", "second,text\nb,a\nonly"],
    ["jsonLines", '{"text":"a","second":"b"}\n{"text":"a"}'],
  ] as const)("of %s has second texts where they are asked for", (kind, list) => {
    const reader = listKinds[kind].reader({ field: null, pair: "second", rationale: null });
    const [first, other] = [...reader.push(list), ...reader.end()];
    expect(first).toMatchObject({ text: "a", pair: "b" });
    expect(other).toMatchObject({ text: expect.any(ExplainError) });
  });
});
