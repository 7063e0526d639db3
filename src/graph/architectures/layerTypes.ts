import { corruptSettings, unknownSetting } from "./refusals";
import type { Settings } from "./settings";

/** What the queries of a layer see. */
export type LayerType = "full_attention" | "sliding_attention";

/** What config.json says of each layer under `layer_types`, or what `usual` says. Throws `model-unsupported` for a kind that is not known. */
export function layerTypes(
  settings: Settings,
  layers: number,
  usual: (index: number) => LayerType,
): readonly LayerType[] {
  const given = settings.list("layer_types");
  if (given === null) {
    return Array.from({ length: layers }, (_, index) => usual(index));
  }
  if (given.length < layers) {
    throw corruptSettings("layer_types does not name every layer");
  }
  return given.map((type) => {
    if (type !== "full_attention" && type !== "sliding_attention") {
      throw unknownSetting("layer_types", type);
    }
    return type;
  });
}

/** One of two values for each kind of layer. */
export function byType<T>(types: readonly LayerType[], full: T, sliding: T): (index: number) => T {
  return (index) => (types[index] === "sliding_attention" ? sliding : full);
}
