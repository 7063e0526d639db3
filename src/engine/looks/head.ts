import type { HeadMatrix } from "../../common/look";
import type { LayerAttention } from "../../methods/attentionScores";
import { type LookAnswer, lookedAttention, noSuchHead } from "./look";

/** Answers with one head. */
export const headLook: LookAnswer<"head"> = async ({ layer, head }, question) => {
  const { layers } = await lookedAttention(question);
  const attention = layers[layer];
  if (!attention || head >= attention.heads) {
    throw noSuchHead(layer, head, layers);
  }
  return headMatrix(attention, head);
};

/** One head's matrix, copied out of its layer. */
export function headMatrix(attention: LayerAttention, head: number): HeadMatrix {
  const { queries, keys, values } = attention;
  const size = queries * keys;
  return { queries, keys, values: values.slice(head * size, (head + 1) * size) };
}
