import type { Segment, Token } from "../common/explanation";
import { createAddedTokens } from "./addedTokens";
import { createDecoder } from "./decoders";
import type { EncodedToken } from "./encodedToken";
import { asObject, asString, type JsonObject, unsupportedTokenizer } from "./json";
import { createModel } from "./models";
import { NormalizedText } from "./normalizedText";
import { createNormalizer } from "./normalizers";
import { createPostProcessor, type TokenList } from "./postProcessors";
import { createPreTokenizer } from "./preTokenizers";
import { Expressions } from "./regex/expressions";
import { findSpecialTokens, type SpecialTokens } from "./specialTokens";
import { StepBudget } from "./stepBudget";

/** A token takes far more memory than a character. */
const stepsPerToken = 16;

/**
 * Turns texts into the tokens a model reads, with the ids and ranges of the Python package `tokenizers`, ranges in UTF-16. Only
 * tokens that the template adds are `special`; a special token that the person wrote, such as `[SEP]`, gets the same id but keeps its
 * range. Unpaired surrogates are read as U+FFFD and keep their place.
 */
export interface Tokenizer {
  /** All tokens of one or two texts with the special tokens of the template; nothing is cut off. */
  encode(text: string, pair: string | null): Token[];
  /** The tokens of one text without special tokens, `index` from 0. */
  encodeContent(text: string, segment: Segment): Token[];
  /** Where the words of one text end that it is cut into before tokens are looked for, as UTF-16 offsets in order: no token reaches over one. */
  wordEnds(text: string): number[];
  /** Puts the special tokens around content tokens, such as a stretch of {@link encodeContent}, and numbers them. */
  wrap(content: readonly Token[], pairContent: readonly Token[] | null): Token[];
  /** How many special tokens {@link wrap} adds. */
  addedTokens(pair: boolean): number;
  /** The token type ids (`token_type_ids`) of wrapped tokens. */
  typeIds(tokens: readonly Pick<Token, "special" | "segment">[]): number[];
  /** Whether a token of a text goes on the word of the token before, as the pipelines of transformers tell it; special tokens are not asked about. */
  continues(token: Token, text: string): boolean;
  /** The vocabulary's spelling of an id. */
  idToPiece(id: number): string | null;
  /** The id of a vocabulary's spelling. */
  pieceToId(piece: string): number | null;
  /** The text of ids, as the Python package gives it back; special tokens, such as an end of text, and unknown ids are left out. */
  decode(ids: readonly number[]): string;
  readonly specials: SpecialTokens;
}

/**
 * Builds a tokenizer from a parsed tokenizer.json; `config` is the parsed tokenizer_config.json or special_tokens_map.json that names
 * mask, padding and so on. Throws `tokenizer-unsupported`, naming what is not supported, or `tokenizer-corrupt`.
 */
export function createTokenizer(json: unknown, config?: unknown): Tokenizer {
  const options = asObject(json, "tokenizer.json");
  if (options.version !== undefined && asString(options.version, "the version") !== "1.0") {
    throw unsupportedTokenizer(`version ${options.version} of tokenizer.json`);
  }
  const { cut, wordEnds, idToPiece, pieceToId, decode } = createCutting(options);
  const postProcessor = createPostProcessor(options.post_processor);
  const finish = (lists: readonly TokenList[], texts: readonly string[]): Token[] =>
    lists.flat().map((token, index) => finished(token, index, textOf(token, texts)));
  const finished = ({ id, start, end, special, segment }: EncodedToken, index: number, text: string): Token => ({
    index,
    id,
    piece: idToPiece(id) ?? "",
    text,
    start,
    end,
    special,
    segment,
  });

  const specials = findSpecialTokens(pieceToId, config);
  return {
    specials,
    idToPiece,
    pieceToId: (piece) => pieceToId(piece) ?? null,
    continues: continuation(options.model, specials.unk),
    decode,
    encode(text, pair) {
      const originals = pair === null ? [text] : [text, pair];
      const texts = originals.map(wellFormed);
      const lists = texts.map((each, index) => cut(each, index === 0 ? 0 : 1));
      return finish(postProcessor.wrap(postProcessor.trim(lists, (segment) => texts[segment] ?? "")), originals);
    },
    encodeContent(text, segment) {
      const read = wellFormed(text);
      const lists = postProcessor.trim([cut(read, segment)], () => read);
      return finish(lists, segment === 0 ? [text] : ["", text]);
    },
    wordEnds: (text) => wordEnds(wellFormed(text)),
    wrap(content, pairContent) {
      const known = new Map<EncodedToken, Token>();
      const lists = (pairContent ? [content, pairContent] : [content]).map((tokens, list) =>
        tokens.map((token): EncodedToken => {
          const encoded = { ...token, value: token.piece, segment: list === 0 ? 0 : 1 } as const;
          known.set(encoded, token);
          return encoded;
        }),
      );
      const wrapped = postProcessor.wrap(lists).flat();
      return wrapped.map((encoded, index) => finished(encoded, index, known.get(encoded)?.text ?? ""));
    },
    addedTokens: (pair) => postProcessor.added(pair),
    typeIds(tokens) {
      const types = postProcessor.contentTypes(tokens.some((token) => token.segment === 1));
      return tokens.map((token) => (token.special ? token.segment : types[token.segment === 0 ? 0 : 1]));
    },
  };
}

function textOf({ start, end, special, segment }: EncodedToken, texts: readonly string[]): string {
  return special ? "" : (texts[segment] ?? "").slice(start, end);
}

/** Where pieces within words have a prefix, their spelling is longer than what they stand for; else what follows no space goes on. */
function continuation(model: unknown, unk: number | null): Tokenizer["continues"] {
  const isPrefixed = Boolean(asObject(model, "the model").continuing_subword_prefix);
  return ({ id, piece, start, end }, text) => {
    if (id === unk) {
      return false;
    }
    return isPrefixed
      ? [...piece].length !== [...text.slice(start, end)].length
      : start > 0 && !text.slice(start - 1, start + 1).includes(" ");
  };
}

/** How a text is cut into tokens without special ones, and what its ids and pieces are. */
interface Cutting {
  readonly cut: (text: string, segment: Segment) => EncodedToken[];
  readonly wordEnds: (text: string) => number[];
  readonly idToPiece: (id: number) => string | null;
  readonly pieceToId: (piece: string) => number | undefined;
  readonly decode: (ids: readonly number[]) => string;
}

function createCutting(options: JsonObject): Cutting {
  const budget = new StepBudget();
  const expressions = new Expressions(budget);
  const model = createModel(options.model);
  const rewrite = createNormalizer(options.normalizer, expressions);
  const normalizer = (text: NormalizedText) => {
    const normalized = rewrite(text);
    // A rewriting may be far longer than its text, and there is one for each section between added tokens.
    budget.spend(normalized.length);
    return normalized;
  };
  const preTokenizer = createPreTokenizer(options.pre_tokenizer, expressions);
  const added = createAddedTokens(options.added_tokens, model, normalizer, budget);
  const cut = (text: string, segment: Segment): EncodedToken[] => {
    budget.restart(text.length);
    const tokens: EncodedToken[] = [];
    for (const section of added.extract(NormalizedText.from(text))) {
      if (section.id !== null) {
        const end = section.text.endOf(section.text.length - 1);
        const { id, text: matched } = section;
        tokens.push({ id, value: matched.text, start: matched.startOf(0), end, special: false, segment });
        continue;
      }
      for (const word of preTokenizer([section.text])) {
        const pieces = model.tokenize(word.text);
        budget.spend(pieces.length * stepsPerToken);
        for (const { id, start, end } of pieces) {
          const value = model.idToPiece(id) ?? "";
          tokens.push({ id, value, start: word.startOf(start), end: word.endOf(end - 1), special: false, segment });
        }
      }
    }
    return tokens;
  };
  const decoder = createDecoder(options.decoder, expressions);
  const idToPiece = (id: number) => added.idToPiece(id) ?? model.idToPiece(id) ?? null;
  return {
    cut,
    wordEnds(text) {
      budget.restart(text.length);
      return added
        .extract(NormalizedText.from(text))
        .flatMap(({ id, text: part }) =>
          (id === null ? preTokenizer([part]) : [part])
            .filter(({ length }) => length > 0)
            .map((word) => word.endOf(word.length - 1)),
        );
    },
    idToPiece,
    decode(ids) {
      const pieces = ids
        .map((id) => idToPiece(id))
        .filter((piece): piece is string => piece !== null && !added.isSpecial(piece));
      budget.restart(pieces.reduce((sum, piece) => sum + piece.length, 0));
      return decoder(pieces).join("");
    },
    pieceToId: (piece) => added.pieceToId(piece) ?? model.pieceToId(piece),
  };
}

/** Python cannot read unpaired surrogates; each is replaced by U+FFFD, which takes as much room. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
