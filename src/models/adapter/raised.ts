import type { TensorProto } from "../../graph/onnxSchema";
import { copyBytes, type Store, storedBytes } from "../../graph/storedBytes";
import { tensorNumbers } from "../../graph/tensor";

/** What is added to a matrix: scale · up · down, or its transpose. */
export interface Added {
  /** [rank, inputs]. */
  readonly down: TensorProto;
  /** [outputs, rank]. */
  readonly up: TensorProto;
  readonly scale: number;
  /** Whether the matrix is [inputs, outputs]. */
  readonly isAcross: boolean;
}

/** The bytes of a matrix of 32-bit floats with a product of two factors added to it, computed row by row when they are looked at. */
export function raised({ dims, rawData = new Uint8Array() }: TensorProto, added: Added): Uint8Array {
  const [, columns = 1] = dims;
  let factors: RankOne | undefined;
  const store: Store = {
    location: null,
    read(position, into) {
      copyBytes(rawData.subarray(position, position + into.length), into, 0);
      factors ??= rankOne(added);
      const numbers = new Float32Array(into.length / 4);
      new Uint8Array(numbers.buffer).set(into);
      const first = position / 4;
      for (let done = 0; done < numbers.length; ) {
        const [row, column] = [Math.floor((first + done) / columns), (first + done) % columns];
        const count = Math.min(columns - column, numbers.length - done);
        addRow(numbers.subarray(done, done + count), factors, row, column);
        done += count;
      }
      into.set(new Uint8Array(numbers.buffer));
    },
  };
  return storedBytes(store, 0, rawData.length);
}

/** Factors of the sum over ranks of left[rank][row] · right[rank][column]. */
interface RankOne {
  readonly left: readonly Float64Array[];
  readonly right: readonly Float32Array[];
}

function rankOne({ down, up, scale, isAcross }: Added): RankOne {
  const [rank = 0, inputs = 0] = down.dims;
  const [outputs = 0] = up.dims;
  const [a, b] = [Float32Array.from(tensorNumbers(down)), Float32Array.from(tensorNumbers(up))];
  const ofDown = Array.from({ length: rank }, (_, at) => a.subarray(at * inputs, (at + 1) * inputs));
  const ofUp = Array.from({ length: rank }, (_, at) =>
    Float32Array.from({ length: outputs }, (_, row) => b[row * rank + at] ?? 0),
  );
  const [left, right] = isAcross ? [ofDown, ofUp] : [ofUp, ofDown];
  return { left: left.map((row) => Float64Array.from(row, (value) => value * scale)), right };
}

/** Adds a row of the product, from a column on. */
function addRow(into: Float32Array, { left, right }: RankOne, row: number, column: number): void {
  const sum = new Float64Array(into.length);
  for (const [rank, values] of right.entries()) {
    const factor = left[rank]?.[row] ?? 0;
    for (let at = 0; at < sum.length; at++) {
      sum[at] = (sum[at] as number) + factor * (values[column + at] as number);
    }
  }
  for (let at = 0; at < sum.length; at++) {
    into[at] = (into[at] as number) + (sum[at] as number);
  }
}
