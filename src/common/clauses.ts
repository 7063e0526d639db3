import type { Unit } from "./explanation";

const opening = /^[\p{Ps}\p{Pi}]+$/u;
/** Commas, colons, full stops and their like of all scripts, closing brackets and quotation marks (but no apostrophe), dots, dashes between words. */
const closing = /^(?!\u2019)[\p{Terminal_Punctuation}\p{Pe}\p{Pf}\u2026\u2013-\u2015]+$/u;
const hyphen = /^\p{Pd}+$/u;

/** The words and sentences of texts; `texts` has those that the units' segments count. */
export interface ReadWords {
  readonly texts: readonly string[];
  readonly words: readonly Unit[];
  readonly sentences: readonly Unit[];
}

/** The sentence and the clause of each word, as numbers that grow in reading order; a clause ends at punctuation and with its sentence, which is −1 where there is none. */
export function clausesOfWords({ texts, words, sentences }: ReadWords): { sentence: number; clause: number }[] {
  const sentenceOf = new Map<number, number>();
  for (const [number, { tokens }] of sentences.entries()) {
    for (const token of tokens) {
      sentenceOf.set(token, number);
    }
  }
  const clauses = new ClauseCounter();
  return words.map((word) => {
    const sentence = sentenceOf.get(word.tokens[0] ?? -1) ?? -1;
    return { sentence, clause: clauses.next(sentence, texts[word.segment] ?? "", word) };
  });
}

/** The clauses themselves, each from its first word to its last. */
export function clauseUnits(read: ReadWords): Unit[] {
  const found = new Map<number, Unit>();
  for (const [at, { clause }] of clausesOfWords(read).entries()) {
    const word = read.words[at];
    const before = found.get(clause);
    if (word) {
      const joined = before && { ...before, end: word.end, tokens: [...before.tokens, ...word.tokens] };
      found.set(clause, joined ?? word);
    }
  }
  return [...found.values()];
}

/** Numbers the clauses of words that come in reading order. */
class ClauseCounter {
  #clause = 0;
  #sentence: number | null = null;
  #ended = false;
  #opened = false;

  next(sentence: number, text: string, word: Unit): number {
    const sign = text.slice(word.start, word.end);
    const closes = closing.test(sign) || (hyphen.test(sign) && /^[\s\p{Pd}]/u.test(text.slice(word.end, word.end + 1)));
    const opens = opening.test(sign);
    if (sentence !== this.#sentence || (this.#ended && !closes) || (opens && !this.#opened)) {
      this.#clause++;
    }
    this.#sentence = sentence;
    this.#ended = closes;
    this.#opened = opens;
    return this.#clause;
  }
}
