/** A part of a text between two UTF-16 indices. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}
