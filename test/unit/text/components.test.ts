import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { NormalizedText, unitsAt } from "../../../src/text/normalizedText";
import { createNormalizer } from "../../../src/text/normalizers";
import { createPreTokenizer } from "../../../src/text/preTokenizers";
import { Expressions } from "../../../src/text/regex/expressions";
import { StepBudget } from "../../../src/text/stepBudget";
import { createTokenizer } from "../../../src/text/tokenizer";
import { readGolden } from "./golden";

interface ComponentGolden {
  readonly normalizers: readonly {
    readonly options: object;
    readonly cases: readonly (readonly [number, string, readonly number[]])[];
    readonly plane: string | null;
  }[];
  readonly models: readonly {
    readonly options: object;
    readonly cases: readonly (readonly [string, readonly number[], readonly number[]])[];
  }[];
  readonly preTokenizers: readonly {
    readonly options: object;
    readonly cases: readonly (readonly [number, readonly string[], readonly number[]])[];
  }[];
}

const texts = readGolden<string[]>("texts");
const golden = readGolden<ComponentGolden>("components");

function read(index: number): NormalizedText {
  return NormalizedText.from((texts[index] ?? "").replace(/\p{Surrogate}/gu, "\ufffd"));
}

/** Start and end of each character of a normalised text. */
function ranges(text: NormalizedText): number[] {
  const found: number[] = [];
  for (let index = 0; index < text.length; index += unitsAt(text.text, index)) {
    found.push(text.startOf(index), text.endOf(index));
  }
  return found;
}

describe("normalisers equal the Python package", () => {
  it.each(golden.normalizers.map((one) => [JSON.stringify(one.options), one] as const))(
    "%s",
    (_, { options, cases }) => {
      const normalize = createNormalizer(options, new Expressions(new StepBudget()));
      for (const [index, text, expected] of cases) {
        const normalized = normalize(read(index));
        expect([texts[index], normalized.text]).toEqual([texts[index], text]);
        expect([texts[index], ranges(normalized)]).toEqual([texts[index], expected]);
      }
    },
  );

  const planes = golden.normalizers.filter((one) => one.plane !== null);
  it.each(planes.map((one) => [JSON.stringify(one.options), one] as const))(
    "%s on each character",
    (_, { options, plane }) => {
      const normalize = createNormalizer(options, new Expressions(new StepBudget()));
      const hash = createHash("sha256");
      for (let code = 0; code < 0x10000; code++) {
        if (code < 0xd800 || code > 0xdfff) {
          hash.update(`${normalize(NormalizedText.from(String.fromCodePoint(code))).text}\n`);
        }
      }
      expect(hash.digest("hex")).toBe(plane);
    },
  );
});

describe("pre-tokenisers equal the Python package", () => {
  it.each(golden.preTokenizers.map((one) => [JSON.stringify(one.options), one] as const))(
    "%s",
    (_, { options, cases }) => {
      const split = createPreTokenizer(options, new Expressions(new StepBudget()));
      for (const [index, words, expected] of cases) {
        const found = split([read(index)].filter((text) => text.length > 0));
        expect([texts[index], found.map((word) => word.text)]).toEqual([texts[index], words]);
        const offsets = found.flatMap((word) => [word.startOf(0), word.endOf(word.length - 1)]);
        expect([texts[index], offsets]).toEqual([texts[index], expected]);
      }
    },
  );
});

describe("models equal the Python package", () => {
  it.each(golden.models.map((one, index) => [`${index}`, one] as const))("model %s", (_, { options, cases }) => {
    const tokenizer = createTokenizer({ model: options });
    for (const [word, ids, offsets] of cases) {
      const tokens = tokenizer.encode(word, null);
      expect([word, tokens.map((token) => token.id)]).toEqual([word, ids]);
      expect([word, tokens.flatMap((token) => [token.start, token.end])]).toEqual([word, offsets]);
    }
  });
});
