import type { Tensor } from "onnxruntime-node";

/** What is kept of a text: keys and values of its tokens, float32 [1, heads, tokens, width], by what the files call them. */
export interface Kept {
  readonly past: ReadonlyMap<string, Tensor>;
  /** Those of the last tokens, where the graph takes them apart from the others. */
  readonly recent: ReadonlyMap<string, Tensor>;
  /** How many tokens there are. */
  readonly length: number;
}

/** So many last tokens go in and come out with each new one; putting them behind the others takes as long as the text is. */
const mostRecent = 24;

/** The same with the last tokens behind those before them, once they are many. */
export function settled(kept: Kept, tensor: typeof Tensor): Kept {
  const { past, recent, length } = kept;
  const [one] = recent.values();
  if (tokensOf(one) < mostRecent) {
    return kept;
  }
  const joined = [...recent].map(([part, last]) => [part, behind(past.get(part), last, tensor)] as const);
  return { past: new Map([...past, ...joined]), recent: new Map(), length };
}

function tokensOf(value: Tensor | undefined): number {
  return value?.dims[2] ?? 0;
}

/** Keys or values with those of later tokens behind, for each head. */
function behind(before: Tensor | undefined, last: Tensor, tensor: typeof Tensor): Tensor {
  if (!before) {
    return last;
  }
  const [, heads = 0, , width = 0] = last.dims;
  const tokens = tokensOf(before) + tokensOf(last);
  const data = new Float32Array(heads * tokens * width);
  let at = 0;
  for (let head = 0; head < heads; head++) {
    for (const { data: own, dims } of [before, last]) {
      const size = (dims[2] ?? 0) * width;
      if (own instanceof Float32Array) {
        data.set(own.subarray(head * size, (head + 1) * size), at);
      }
      at += size;
    }
  }
  return new tensor("float32", data, [1, heads, tokens, width]);
}
