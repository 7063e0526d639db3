import type { AttentionInfo, Explanation } from "../common/explanation";
import type { HeadMatrix } from "../common/look";
import type { Plausibility } from "../common/plausibility";
import type { Reading } from "../common/reading";

/** One attention matrix of a result: window, layer and head from 0, of what kind, and the weights; where an encoder and a decoder have it, over the tokens of their parts alone. */
export interface ChosenMatrix extends HeadMatrix {
  readonly window: number;
  readonly layer: number;
  readonly head: number;
  readonly kind: AttentionInfo["kind"];
}

/** What is exported of one text. */
export interface Result {
  readonly explanation: Explanation;
  /** The matrices asked for; `null` when none were. */
  readonly matrices: readonly ChosenMatrix[] | null;
  /** The line of the input file; `null` for a single text. */
  readonly line: number | null;
  /** How the text was read from a document; `null` for a text that was taken as it is. */
  readonly reading: Reading | null;
  /** How well methods find what people marked; left out where nobody asked. */
  readonly plausibility?: readonly Plausibility[];
}

/** A way to write explanations down, one after the other. What `begin`, `one` and `end` give, joined, is a whole file. */
export interface Export {
  /** What people call it. */
  readonly label: string;
  /** What it is good for, in a list. */
  readonly words: string;
  /** Of its files, without the dot. */
  readonly extension: string;
  /** A file holds one result, or any number of them where this is left out. */
  readonly holds?: "one";
  /** What stands before the first result. */
  begin?(): string;
  /** One result; `index` says how many stand before it. */
  one(result: Result, index: number): string;
  /** What stands behind the last result: without it the file is not whole. */
  end?(): string;
  /** How anything else, such as an error in place of a result, is written, where it can be. */
  object?(value: unknown): string;
}
