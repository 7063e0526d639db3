import type { Segment } from "../common/explanation";

/** A token on its way through the post-processor; `start` and `end` are UTF-16 offsets into the text of its segment. */
export interface EncodedToken {
  readonly id: number;
  /** What the token looks like to the post-processor: its piece, or the text an added token matched. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** Added by the template. */
  readonly special: boolean;
  readonly segment: Segment;
}
