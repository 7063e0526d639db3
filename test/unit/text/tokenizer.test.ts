import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { createTokenizer, type Tokenizer } from "../../../src/text/tokenizer";
import { workOf } from "../../support/work";
import { configuredJson, configuredTokenizer } from "./golden";

const tokenizer = configuredTokenizer("wordPiece");

/** A tokenizer with a tiny vocabulary and some parts replaced. */
function tiny(parts: object): Tokenizer {
  const vocab = { "[UNK]": 0, a: 1, b: 2, "##b": 3, "[SEP]": 4 };
  return createTokenizer({ model: { type: "WordPiece", vocab, unk_token: "[UNK]" }, ...parts });
}

function failure(action: () => unknown): { reason: string; message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof ExplainError) {
      return { reason: error.reason, message: error.message };
    }
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("tokens", () => {
  it("that the template adds are special and have no text", () => {
    const tokens = tokenizer.encode("Good film", null);
    expect(
      tokens.map(({ index, piece, text, start, end, special }) => [index, piece, text, start, end, special]),
    ).toEqual([
      [0, "[CLS]", "", 0, 0, true],
      [1, "good", "Good", 0, 4, false],
      [2, "film", "film", 5, 9, false],
      [3, "[SEP]", "", 0, 0, true],
    ]);
  });

  it("that the person wrote as [SEP] have its id and keep their place", () => {
    const written = tokenizer.encode("a [SEP] b", null)[2];
    expect(written).toMatchObject({ id: 102, piece: "[SEP]", text: "[SEP]", start: 2, end: 7, special: false });
  });

  it("count in UTF-16 after characters beyond the basic plane and keep unpaired surrogates", () => {
    const text = "😀 good \ud800 film \udc00";
    const tokens = configuredTokenizer("byteLevelBpe").encode(text, null);
    expect(tokens.find((token) => token.piece === "Ġgood")).toMatchObject({ start: 3, end: 7, text: "good" });
    expect(tokens.find((token) => token.piece === "Ġfilm")).toMatchObject({ start: 10, end: 14 });
    expect(tokens.filter((token) => token.text.includes("\ud800")).length).toBeGreaterThan(0);
    expect(tokens.map((token) => text.slice(token.start, token.end))).toEqual(tokens.map((token) => token.text));
  });

  it("of the second text have its segment, and type ids follow the template", () => {
    const tokens = tokenizer.encode("a", "b c");
    expect(tokens.map((token) => token.segment)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(tokenizer.typeIds(tokens)).toEqual([0, 0, 0, 1, 1, 1]);
    const roberta = configuredTokenizer("byteLevelBpe");
    expect(new Set(roberta.typeIds(roberta.encode("a", "b")))).toEqual(new Set([0]));
  });

  it("of a stretch can be wrapped", () => {
    const content = tokenizer.encodeContent("one two three", 0);
    const wrapped = tokenizer.wrap(content.slice(1, 2), null);
    expect(wrapped.map(({ index, text, start }) => [index, text, start])).toEqual([
      [0, "", 0],
      [1, "two", 4],
      [2, "", 0],
    ]);
  });
});

describe("tokens with a role", () => {
  it("have their usual names", () => {
    expect(tokenizer.specials).toEqual({ mask: 103, pad: 0, unk: 100, cls: 101, sep: 102, eos: null });
    expect(configuredTokenizer("byteLevelBpe").specials).toEqual({ mask: 4, pad: 1, unk: 3, cls: 0, sep: 2, eos: 2 });
  });

  it("are named by the configuration, as text or as an object", () => {
    const named = createTokenizer(
      { model: { type: "WordLevel", vocab: { x: 0, y: 1, "<unk>": 2 }, unk_token: "<unk>" } },
      { mask_token: { content: "x" }, pad_token: "y", sep_token: "missing", eos_token: null },
    );
    expect(named.specials).toEqual({ mask: 0, pad: 1, unk: 2, cls: null, sep: null, eos: null });
  });
});

describe("a tokenizer file", () => {
  it.each([
    ["the normalizer Acme", { normalizer: { type: "Acme" } }],
    ["the pre-tokenizer UnicodeScripts", { pre_tokenizer: { type: "UnicodeScripts" } }],
    ["the post-processor Acme", { post_processor: { type: "Acme" } }],
    ["the model Acme", { model: { type: "Acme" } }],
    ["version 2.0", { version: "2.0" }],
    [
      "\\X in a regular expression",
      { pre_tokenizer: { type: "Split", pattern: { Regex: "\\X" }, behavior: "Isolated" } },
    ],
    ["\\p{Nonsense}", { normalizer: { type: "Replace", pattern: { Regex: "\\p{Nonsense}" }, content: "" } }],
    ["an open group", { normalizer: { type: "Replace", pattern: { Regex: "(a" }, content: "" } }],
    ["dropout", { model: { type: "BPE", vocab: { a: 0 }, merges: [], dropout: 0.1 } }],
    [
      "a vocabulary piece of 5000 characters",
      { model: { type: "Unigram", vocab: [["a".repeat(5000), 0]], unk_id: 0 } },
    ],
  ])("is refused by name: %s", (name, parts) => {
    const { reason, message } = failure(() => tiny(parts));
    expect(reason).toBe("tokenizer-unsupported");
    expect(message).toContain(name);
  });

  it.each([
    ["nothing", null],
    ["a list", []],
    ["no model", {}],
    ["ids that are text", { model: { type: "WordPiece", vocab: { a: "1" } } }],
    ["negative ids", { model: { type: "WordPiece", vocab: { a: -1 } } }],
    ["a merge of unknown pieces", { model: { type: "BPE", vocab: { a: 0, b: 1 }, merges: ["a b"] } }],
    ["a merge of three", { model: { type: "BPE", vocab: { a: 0, aa: 1 }, merges: ["a a a"] } }],
    ["an unknown id outside the vocabulary", { model: { type: "Unigram", vocab: [["a", 0]], unk_id: 7 } }],
    ["a score that is text", { model: { type: "Unigram", vocab: [["a", "0"]] } }],
    ["a character map that is cut off", { normalizer: { type: "Precompiled", precompiled_charsmap: "/////w==" } }],
    ["a character map that is not base64", { normalizer: { type: "Precompiled", precompiled_charsmap: "%%" } }],
    ["an added token without content", { added_tokens: [{ id: 0 }] }],
    [
      "a template with an unknown token",
      {
        post_processor: {
          type: "TemplateProcessing",
          single: [{ SpecialToken: { id: "x", type_id: 0 } }],
          pair: [],
          special_tokens: {},
        },
      },
    ],
    ["an unknown behavior", { pre_tokenizer: { type: "Punctuation", behavior: "Sometimes" } }],
  ])("is called damaged with %s", (_, parts) => {
    const whole = parts !== null && !Array.isArray(parts) && Object.keys(parts).length > 0;
    expect(failure(() => (whole ? tiny(parts) : createTokenizer(parts))).reason).toBe("tokenizer-corrupt");
  });

  it("is called damaged when an unknown character meets no unknown token", () => {
    const model = { type: "Unigram", vocab: [["a", 0]] };
    expect(failure(() => createTokenizer({ model }).encode("b", null)).reason).toBe("tokenizer-corrupt");
  });

  it("cannot make a text grow without bound", () => {
    const content = "x".repeat(100_000);
    const grow = { type: "Replace", pattern: { String: "a" }, content };
    expect(failure(() => tiny({ normalizer: grow }).encode("a".repeat(10_000), null)).reason).toBe("tokenizer-corrupt");
    const double = { type: "Replace", pattern: { String: "a" }, content: "a".repeat(100) };
    const expand = { type: "Sequence", normalizers: Array.from({ length: 40 }, () => double) };
    expect(failure(() => tiny({ normalizer: expand }).encode("a", null)).reason).toBe("tokenizer-corrupt");
  });

  it("cannot nest without bound", () => {
    let normalizer: object = { type: "NFC" };
    for (let depth = 0; depth < 2000; depth++) {
      normalizer = { type: "Sequence", normalizers: [normalizer] };
    }
    expect(failure(() => tiny({ normalizer })).reason).toBe("tokenizer-unsupported");
    const Regex = "(".repeat(5000) + ")".repeat(5000);
    expect(failure(() => tiny({ normalizer: { type: "Replace", pattern: { Regex }, content: "" } })).reason).toBe(
      "tokenizer-unsupported",
    );
  });
});

describe("a long text takes work in proportion to its length", () => {
  const shapes: Readonly<Record<string, (length: number) => string>> = {
    "one word": (length) => "abcdefghij".repeat(length / 10),
    "one letter": (length) => "a".repeat(length),
    "combining marks": (length) => "\u0301\u0323".repeat(length / 2),
    spaces: (length) => " ".repeat(length),
    ideographs: (length) => "我喜欢看电影".repeat(length / 6),
    "joined emoji": (length) => "👩‍👩‍👧‍👦".repeat(length / 11),
  };
  const names = ["wordPiece", "llama3", "unigram", "unknownBpe"];
  const made = new Map(names.map((name) => [name, configuredTokenizer(name)]));

  it.each(names.flatMap((name) => Object.keys(shapes).map((shape) => [name, shape] as const)))(
    "%s, %s",
    (name, shape) => {
      const steps = (length: number): number => {
        const text = shapes[shape]?.(length) ?? "";
        return workOf(() => made.get(name)?.encode(text, null)).steps;
      };
      // What is made at first use only.
      made.get(name)?.encode("a 我 👩", null);
      // Forty times the text: a quadratic step would take 1,600 times the work.
      const [short, long] = [steps(3_300), steps(132_000)];
      expect(short).toBeGreaterThan(3_000);
      expect(long / short).toBeLessThan(44);
    },
  );
});

describe("pieces", () => {
  it("can be looked up by id", () => {
    expect([tokenizer.idToPiece(102), tokenizer.idToPiece(1037), tokenizer.idToPiece(1_000_000)]).toEqual([
      "[SEP]",
      "a",
      null,
    ]);
  });

  it("of added tokens that are not in the vocabulary get the next free ids", () => {
    const json = configuredJson({ vocabulary: "wordPiece", overrides: {} });
    const added = createTokenizer({ ...json, added_tokens: [{ id: 5, content: "<new>", special: true }] });
    expect(added.encodeContent("a<new>", 0).map((token) => token.id)).toEqual([1037, 30522]);
  });
});
