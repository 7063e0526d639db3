import type { Choice } from "./random";

/** Damage that knows nothing of the format; `other` is another model to take pieces from. The original is left alone. */
export type ByteDamage = (original: Uint8Array, choice: Choice, other: Uint8Array) => Uint8Array;

function flipped(original: Uint8Array, choice: Choice, count: number): Uint8Array {
  const bytes = new Uint8Array(original);
  for (let i = 0; i < count; i++) {
    const at = choice.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << choice.below(8));
  }
  return bytes;
}

function stretch(bytes: Uint8Array, choice: Choice, longest: number): readonly [number, number] {
  const start = choice.below(bytes.length);
  return [start, Math.min(bytes.length, start + 1 + choice.below(longest))];
}

const joined = (...pieces: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pieces));

/** Ways to damage bytes by name. */
export const byteDamages: Readonly<Record<string, ByteDamage>> = {
  "bit flipped": (original, choice) => flipped(original, choice, 1),
  "bits flipped": (original, choice) => flipped(original, choice, 2 + choice.below(100)),
  "cut short": (original, choice) => original.subarray(0, choice.below(original.length)),
  "bytes spliced": (original, choice, other) => {
    const [start, end] = stretch(original, choice, 200);
    const [from, to] = stretch(other, choice, 200);
    const piece = choice.of([
      new Uint8Array(0),
      other.subarray(from, to),
      choice.bytes(to - from),
      new Uint8Array(to - from).fill(255),
    ]);
    const keep = choice.below(2) === 0 ? start : end;
    return joined(original.subarray(0, start), piece ?? new Uint8Array(0), original.subarray(keep));
  },
  "stretch moved": (original, choice) => {
    const bytes = new Uint8Array(original);
    const [start, end] = stretch(bytes, choice, 5000);
    return bytes.copyWithin(choice.below(bytes.length), start, end);
  },
};
