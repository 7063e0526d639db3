import type { TensorProto } from "../onnxSchema";
import { floatTensor } from "../tensor";
import { corruptSettings } from "./refusals";

const mostNumbers = 2 ** 26;

/** Vectors of places as waves (Vaswani et al. 2017, section 3.5), sines in the first half and cosines in the second: [count, width]. Throws `model-file-corrupt` for absurd sizes. */
export function sinusoids(count: number, width: number): TensorProto {
  if (count * width > mostNumbers) {
    throw corruptSettings("max_position_embeddings is no sensible number");
  }
  const table = new Float32Array(count * width);
  const sines = Math.ceil(width / 2);
  for (let at = 0; at < width; at++) {
    const wave = at < sines ? at : at - sines;
    const frequency = Math.exp((-2 * wave * Math.log(10_000)) / width);
    const value = at < sines ? Math.sin : Math.cos;
    for (let place = 0; place < count; place++) {
      table[place * width + at] = value(place * frequency);
    }
  }
  return floatTensor("", [count, width], table);
}
