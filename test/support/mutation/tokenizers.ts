import { names } from "./json";
import type { Choice } from "./random";

/** A tokenizer.json as an object that is about to be written. */
type Tokenizer = Record<string, unknown>;

const many = (count: number): number[] => [2, 16, 99, 1000, count];

function nestedSteps(list: string, depth: number, innermost: unknown): unknown {
  let step = innermost;
  for (let level = 0; level < depth; level++) {
    step = { type: "Sequence", [list]: [step] };
  }
  return step;
}

/** Expressions that are odd, but come to an end in any engine. */
const expressions = [
  "\\p{constructor}",
  "\\p{__proto__}",
  "\\p{toString}",
  "[[:constructor:]]",
  "(?<constructor>a)\\k<constructor>",
  "[z-a]",
  "(",
  "\\",
  "a{99999999999}",
  "\\x{110000}",
  "\\u{}",
  "(?i)\\R",
  "",
  ".",
  "$",
  "(?=a)",
];

const replaced = (pattern: unknown, content: string) => ({ type: "Replace", pattern, content });
const marked = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
const own = (entries: readonly (readonly [string, unknown])[]): object => Object.fromEntries(entries);

function pieces(count: number, length: number): [string, number][] {
  return Array.from({ length: count }, (_, id) => [`${id}`.padStart(length, "x"), id]);
}

/** Ways to write a harmful tokenizer by name; they change the object in place. */
export const tokenizerConstructions: Readonly<Record<string, (tokenizer: Tokenizer, choice: Choice) => void>> = {
  "types that objects have": (tokenizer, choice) => {
    const part = choice.of(["normalizer", "pre_tokenizer", "post_processor", "decoder", "model"]) ?? "";
    tokenizer[part] = { type: choice.of(names) };
  },
  "steps without end": (tokenizer, choice) => {
    const depth = choice.of(many(1000)) ?? 0;
    const wide = Array.from({ length: choice.of(many(50_000)) ?? 0 }, () => replaced({ String: "o" }, "oo"));
    const [normalizers, nested] = [{ type: "Sequence", normalizers: wide }, choice.below(2) === 0];
    tokenizer.normalizer = nested ? nestedSteps("normalizers", depth, { type: "NFKD" }) : normalizers;
    tokenizer.pre_tokenizer = nestedSteps("pretokenizers", choice.of(many(1000)) ?? 0, { type: "Whitespace" });
    tokenizer.post_processor =
      choice.below(2) === 0 ? tokenizer.post_processor : nestedSteps("processors", depth, { type: "ByteLevel" });
  },
  "texts that grow": (tokenizer, choice) => {
    const content = "o".repeat(choice.of(many(1_000_000)) ?? 0);
    const grown = [
      replaced({ String: "o" }, content),
      replaced({ Regex: "e" }, content),
      { type: "Prepend", prepend: content },
    ];
    tokenizer.normalizer = { type: "Sequence", normalizers: [...grown, ...grown, choice.of(grown)] };
  },
  "ids without end": (tokenizer, choice) => {
    const count = choice.of(many(300_000)) ?? 0;
    const [ids, tokens] = [new Array(count).fill(2), new Array(count).fill("[CLS]")];
    tokenizer.post_processor = {
      type: "TemplateProcessing",
      single: [
        ...Array.from({ length: choice.of(many(5000)) ?? 0 }, () => marked("[CLS]")),
        { Sequence: { id: "A", type_id: 0 } },
      ],
      pair: [],
      special_tokens: own([["[CLS]", { id: "[CLS]", ids, tokens }]]),
    };
  },
  "tokens named as objects name things": (tokenizer, choice) => {
    const name = choice.of(names) ?? "";
    tokenizer.model = {
      type: "WordLevel",
      vocab: own([
        [name, 0],
        ["[UNK]", 1],
        ["one", 2],
      ]),
      unk_token: "[UNK]",
    };
    tokenizer.added_tokens = [
      { id: 3, content: name, special: true },
      ...names.map((content, id) => ({ id, content })),
    ];
    tokenizer.post_processor = {
      type: "TemplateProcessing",
      single: [marked(name), { Sequence: { id: "A", type_id: 0 } }],
      pair: [],
      special_tokens: choice.below(2) === 0 ? {} : own([[name, { id: name, ids: [0], tokens: [name] }]]),
    };
  },
  expressions: (tokenizer, choice) => {
    const pattern = { Regex: choice.of(expressions) };
    tokenizer.normalizer = choice.below(2) === 0 ? null : replaced(pattern, "x");
    tokenizer.pre_tokenizer = {
      type: "Split",
      pattern,
      behavior: choice.of(["Isolated", "Removed", ...names]),
      invert: false,
    };
  },
  "vocabularies of odd sizes": (tokenizer, choice) => {
    const [count, length] = [choice.of([0, 1, 1000, 100_000]) ?? 0, choice.of([0, 10, 200]) ?? 0];
    const listed = pieces(count, count > 1000 ? Math.min(length, 40) : length * 10);
    const vocab = own(choice.below(2) === 0 ? listed.map(([piece, id]) => [piece, id * 20_000]) : listed);
    tokenizer.model = choice.of([
      {
        type: "WordPiece",
        vocab,
        unk_token: "0",
        continuing_subword_prefix: "#".repeat(length * 1000),
        max_input_chars_per_word: 2 ** 31 - 1,
      },
      {
        type: "BPE",
        vocab,
        merges: [],
        unk_token: "0",
        continuing_subword_prefix: "p".repeat(length * 1000),
        end_of_word_suffix: "s".repeat(length * 1000),
      },
      {
        type: "Unigram",
        vocab: listed.map(([piece]) => [piece, choice.of([-1, 1e308, -1e308, 0]) ?? 0]),
        unk_id: choice.of([0, 5, 2 ** 31]),
      },
      { type: "WordLevel", vocab, unk_token: "0" },
    ]);
  },
  "added tokens without end": (tokenizer, choice) => {
    const [count, length] = [choice.of([1, 1000, 100_000, 200_000]) ?? 0, choice.of([1, 20, 2000]) ?? 0];
    const content = "o".repeat(count > 1000 ? Math.min(length, 20) : length);
    tokenizer.added_tokens = Array.from({ length: count }, (_, id) => ({
      id,
      content: `${content}${id}`,
      normalized: id % 2 === 0,
    }));
  },
  "maps that are none": (tokenizer, choice) => {
    const bytes = Buffer.from(choice.bytes(choice.of([0, 3, 4, 100, 10_000]) ?? 0));
    tokenizer.normalizer = { type: "Precompiled", precompiled_charsmap: bytes.toString("base64") };
  },
};
