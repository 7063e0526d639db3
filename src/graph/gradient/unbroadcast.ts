import type { Writer } from "./writer";

/**
 * The adjoint of an operand that was spread over a larger shape: what it was copied to is summed, so that `value` gets the shape of `like`.
 * Static where the shapes are known: one ReduceSum over known axes, or nothing. Otherwise the axes are worked out as the model runs.
 */
export function unbroadcast(value: string, like: string, w: Writer): string {
  const axes = spreadAxes(value, like, w);
  if (!axes) {
    return dynamic(value, like, w);
  }
  const { leading, inner } = axes;
  if (leading === 0) {
    return inner.length === 0 ? value : w.sum(value, inner, true);
  }
  const first = w.sum(value, range(leading), false);
  return inner.length === 0
    ? first
    : w.sum(
        first,
        inner.map((axis) => axis - leading),
        true,
      );
}

/** How many axes `like` lacks in front, and which of its axes of size 1 are spread; `undefined` where a size cannot be told. */
function spreadAxes(value: string, like: string, w: Writer): { leading: number; inner: number[] } | undefined {
  const [from, to] = [w.shapes.of(value), w.shapes.of(like)];
  if (!from || !to || to.length > from.length) {
    return undefined;
  }
  const leading = from.length - to.length;
  const inner: number[] = [];
  for (const [axis, dim] of to.entries()) {
    const spread = from[axis + leading];
    if (dim === spread || (typeof dim === "number" && dim !== 1)) {
      continue;
    }
    if (dim !== 1) {
      return undefined;
    }
    inner.push(axis + leading);
  }
  return { leading, inner };
}

/** Pads the shape of `like` with ones in front, sums over the axes where it is then 1, and reshapes. */
function dynamic(value: string, like: string, w: Writer): string {
  const shape = w.shape(like);
  const missing = w.sub(w.shape(w.shape(value)), w.shape(shape));
  const ones = w.op("Expand", [w.integers([1]), missing]);
  const padded = w.op("Concat", [ones, shape], { axis: 0 });
  const places = w.op("NonZero", [w.op("Equal", [padded, w.integers([1])])]);
  const summed = w.sum(value, w.op("Reshape", [places, w.integers([-1])]), true);
  const result = w.reshape(summed, shape);
  w.shapes.note(result, w.shapes.of(like));
  return result;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
