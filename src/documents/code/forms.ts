import { cEscapes, type Escapes, noEscapes } from "../escapes";

/** Where an expression opens and closes in a string. */
export interface Hole {
  readonly open: string;
  readonly close: string;
  /** The opening mark and the closing one stand for themselves where they are doubled. */
  readonly doubles?: boolean;
}

/** A form of string, or of what only looks like one. */
export interface StringForm {
  /** What opens it, as a regular expression. */
  readonly open: string;
  /** What closes it; `$1` is the opener's group. */
  readonly close: string;
  readonly escapes: Escapes;
  /** May go on in the next line. */
  readonly isMultiline?: boolean;
  /** The closing mark doubled stands for itself. */
  readonly doubles?: boolean;
  readonly holes?: readonly Hole[];
  /** No text: a name, code around the language. */
  readonly isSkipped?: boolean;
  /** A comment that opens or closes in no fixed way. */
  readonly isComment?: boolean;
  /** Reaches to the text's end where it does not close. */
  readonly reachesEnd?: boolean;
  /** A text of several lines whose first line is empty and whose indentation is none of the text. */
  readonly isTextBlock?: boolean;
  /** Documentation where it is a statement of its own. */
  readonly isDocumentation?: boolean;
  /** Text of an element or an attribute: character references are resolved, and an element's white space is folded. */
  readonly markup?: "element" | "attribute";
}

/** A text in the lines below the one that announces it, up to a line with the word that it names. */
export interface Heredoc {
  /** What announces it: the groups `quote`, `tag` and `indent` (if the body's indentation is no text). */
  readonly open: string;
  /** What stands in it unless the tag is in single quotation marks. */
  readonly escapes: Escapes;
  /** An expression in it, as a regular expression. */
  readonly hole: RegExp;
}

/** How comments and strings are written in a language. */
export interface CodeLanguage {
  /** What opens a comment up to the line's end, as regular expressions. */
  readonly line: readonly string[];
  readonly block: readonly (readonly [string, string])[];
  readonly nests?: boolean;
  readonly strings: readonly StringForm[];
  /** What is passed over as it stands, as regular expressions: characters, addresses, names. */
  readonly passed?: readonly string[];
  readonly heredoc?: Heredoc;
  /** What marks documentation behind the opener of a comment, as a regular expression. */
  readonly documentationMark?: string;
  /** Tags in documentation are no text. */
  readonly hasTags?: boolean;
  /** Comments may stand in the expressions of a string. */
  readonly commentsInHoles?: boolean;
  /** A solidus may open a regular expression. */
  readonly hasRegex?: boolean;
  /** Elements may stand where a value does, as in JSX. */
  readonly hasElements?: boolean;
  /** What the language starts behind, if it stands in a page. */
  readonly startsAt?: string;
}

export const double: StringForm = { open: '"', close: '"', escapes: cEscapes };
/** The same over lines. */
export const openDouble: StringForm = { ...double, isMultiline: true };
export const single: StringForm = { open: "'", close: "'", escapes: cEscapes };

/** `'a'`, `'\n'`: a character is no text, and an apostrophe alone, as of a lifetime or a long number, opens nothing. */
export const character = "'(?:[^'\\\\\\n]{1,2}|\\\\[^\\n][^'\\n]{0,10})'";

export const raw = (open: string, close: string, isMultiline = true): StringForm => ({
  open,
  close,
  escapes: noEscapes,
  isMultiline,
});

export const doubled = (mark: string, isMultiline = true): StringForm => ({
  ...raw(mark, mark, isMultiline),
  doubles: true,
});

export const triple = (mark: string, escapes: Escapes): StringForm => ({
  open: mark.repeat(3),
  close: mark.repeat(3),
  escapes,
  isMultiline: true,
});

export const dollar: Hole = { open: "${", close: "}" };
export const braces: Hole = { open: "{", close: "}", doubles: true };
export const numberSign: Hole = { open: "#{", close: "}" };
export const parentheses: Hole = { open: "\\(", close: ")" };
export const command: Hole = { open: "$(", close: ")" };

/** The text between the tags of an element among code. */
export const elementText: StringForm = { open: "", close: "", escapes: noEscapes, markup: "element" };
/** The value of an attribute there. */
export const attributeText: StringForm = { ...elementText, markup: "attribute" };
