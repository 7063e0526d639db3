import type { CharSet } from "./charSet";

/** Places in a text that an expression can ask for. */
export type Anchor =
  | "textStart"
  | "textEnd"
  | "lastLineEnd"
  | "lineStart"
  | "lineEnd"
  | "searchStart"
  | "word"
  | "notWord";

export type RepeatMode = "greedy" | "lazy" | "possessive";

/** A group whose match can be asked for again if it captures. */
export interface GroupNode {
  readonly type: "group";
  readonly name: string | null;
  readonly captures: boolean;
  readonly body: Node;
}

/** A part of a parsed expression. */
export type Node =
  | { readonly type: "empty" }
  /** One character; `literal` when it was written as itself and case is ignored. */
  | { readonly type: "set"; readonly set: CharSet; readonly literal: string | null }
  | { readonly type: "sequence"; readonly items: readonly Node[] }
  | { readonly type: "choice"; readonly options: readonly Node[] }
  | {
      readonly type: "repeat";
      readonly body: Node;
      readonly least: number;
      readonly most: number;
      readonly mode: RepeatMode;
    }
  | GroupNode
  | { readonly type: "atomic"; readonly body: Node }
  | { readonly type: "look"; readonly behind: boolean; readonly negative: boolean; readonly body: Node }
  | { readonly type: "anchor"; readonly kind: Anchor }
  /** The same characters as a group has matched last. */
  | { readonly type: "reference"; readonly group: () => GroupNode };

/** A parsed expression. */
export interface Syntax {
  readonly root: Node;
  /** The groups that something refers to. */
  readonly referenced: readonly GroupNode[];
}
