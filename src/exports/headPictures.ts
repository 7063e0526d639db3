import { largestMagnitude } from "../common/colourScale";
import type { ChosenMatrix } from "./export";
import { opacityPng } from "./png";

/** The hue of attention, as in the texts above the pictures. */
const colour = [155, 95, 200] as const;

/** Attention matrices as small pictures with captions, as HTML; each takes the full colour for its own largest weight. Empty where there is none. */
export function headPictures(matrices: readonly ChosenMatrix[] | null): string {
  if (matrices === null || matrices.length === 0) {
    return "";
  }
  const several = matrices.some(({ window }) => window > 0);
  const figures = matrices.map((matrix) => figure(matrix, several));
  return `<h2>Attention heads</h2>
<p class="remark">Each row is a token that looks, each column a token that is looked at, special ones too. Full colour is a head's largest weight. Layers and heads are counted from 0, as --attention takes them.</p>
<div class="heads">${figures.join("\n")}</div>`;
}

function figure({ window, layer, head, queries, keys, values }: ChosenMatrix, several: boolean): string {
  const largest = largestMagnitude([...values]);
  const picture = opacityPng(
    values.map((weight) => weight / largest),
    keys,
    queries,
    colour,
  );
  const name = `${several ? `Window ${window}, layer` : "Layer"} ${layer}, head ${head}`;
  const alternative = `${name}: ${queries} by ${keys} weights, at most ${largest.toFixed(3)}`;
  return `<figure><img src="data:image/png;base64,${picture.toString("base64")}" alt="${alternative}"><figcaption>${name}, to ${largest.toFixed(3)}</figcaption></figure>`;
}
