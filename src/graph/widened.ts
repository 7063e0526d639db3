import { elementTypes } from "./elementType";
import { computedFloats } from "./storedBytes";

/** 16-bit floats as 32-bit ones, turned when they are looked at: twice as many bytes as `half`. */
export function widened(
  half: Uint8Array,
  type: typeof elementTypes.float16 | typeof elementTypes.bfloat16,
): Uint8Array {
  const turn = type === elementTypes.bfloat16 ? fromBrain : fromHalf;
  const compute = ({ buffer }: Uint8Array<ArrayBuffer>) => {
    const bits = new Uint16Array(buffer);
    const floats = new Uint32Array(bits.length);
    for (let i = 0; i < bits.length; i++) {
      floats[i] = turn(bits[i] as number);
    }
    return floats;
  };
  return computedFloats(half, Uint16Array.BYTES_PER_ELEMENT, compute, { bytes: half, dataType: type });
}

/** The upper half of a 32-bit float. */
const fromBrain = (bits: number) => bits << 16;

/** Sign, 5 bits of exponent (bias 15) and 10 of fraction, as the bits of a 32-bit float. */
function fromHalf(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) {
    return sign | 0x7f800000 | (fraction << 13);
  }
  if (exponent > 0) {
    return sign | ((exponent + 112) << 23) | (fraction << 13);
  }
  if (fraction === 0) {
    return sign;
  }
  // Below the smallest normal half: shifted until its first bit is the hidden one.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
}
