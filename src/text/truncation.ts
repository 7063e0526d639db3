import { ExplainError } from "../common/errors";

/** How two texts share the room: cut the longer one first, or only one of them. */
export type TruncationStrategy = "longest_first" | "only_first" | "only_second";

/** How texts are cut to a length; `maxLength` counts the special tokens. */
export interface Truncation {
  readonly maxLength: number;
  readonly strategy: TruncationStrategy;
  /** The side tokens are taken from. */
  readonly direction: "left" | "right";
}

/**
 * How many tokens of each text are kept when `room` tokens fit besides the special ones; `second` is `null` without a second text.
 * Throws `text-too-long` when the text to be cut would vanish.
 */
export function truncatedLengths(
  first: number,
  second: number | null,
  room: number,
  strategy: TruncationStrategy,
): readonly [number, number] {
  if (room < 0) {
    throw tooLong();
  }
  const other = second ?? 0;
  if (room === 0) {
    return [0, 0];
  }
  const excess = first + other - room;
  if (excess <= 0) {
    return [first, other];
  }
  if (strategy === "longest_first") {
    return second === null ? [room, 0] : shareRoom(first, second, room);
  }
  const length = strategy === "only_first" ? first : second;
  if (length === null || length <= excess) {
    throw tooLong();
  }
  return strategy === "only_first" ? [first - excess, other] : [first, other - excess];
}

function shareRoom(first: number, second: number, room: number): readonly [number, number] {
  let short = Math.min(first, second);
  let long = short > room ? short : Math.max(short, room - short);
  if (short + long > room) {
    short = Math.floor(room / 2);
    long = short + (room % 2);
  }
  return first > second ? [long, short] : [short, long];
}

/** Keeps `length` items from the side that is not cut. */
export function truncated<T>(items: readonly T[], length: number, direction: Truncation["direction"]): readonly T[] {
  if (length >= items.length) {
    return items;
  }
  return direction === "right" ? items.slice(0, length) : items.slice(items.length - length);
}

function tooLong(): ExplainError {
  return new ExplainError("text-too-long", "The text does not fit into the model; select less text.");
}
