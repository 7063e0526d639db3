import type { Span } from "../block";
import type { StringForm } from "./forms";

/** A comment or a string of source code; `inner` is without what opens and closes it. */
export interface Found extends Span {
  readonly kind: "line" | "block" | "string";
  readonly inner: Span;
  readonly form: StringForm | null;
  /** Where expressions stand in a string. */
  readonly holes: readonly Span[];
  /** What was found in those. */
  readonly nested: readonly Found[];
}
