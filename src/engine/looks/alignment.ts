import { ExplainError } from "../../common/errors";
import { aggregateHeads, aggregateLayers, type LayerAttention } from "../../methods/attentionScores";
import { headMatrix } from "./head";
import { type LookAnswer, lookedAttention, lookedRow, noSuchHead } from "./look";

/** Answers with how the output looks at the text: a row for every token that a decoder is fed, the rest of the output behind those that are looked at among them; a column for every token of the text. */
export const alignmentLook: LookAnswer<"alignment"> = async ({ layer, head, rest }, question) => {
  const { model, source } = question;
  const whole = {
    ...source,
    ids: [...source.ids, ...rest],
    segments: [...source.segments, ...rest.map(() => 2)],
    special: [...source.special, ...rest.map(() => false)],
  };
  const { outputFrom } = lookedRow({ model, source: whole });
  if (outputFrom === undefined) {
    throw new ExplainError(
      "method-unavailable",
      "This model has no output that looks at a text. Choose another model.",
    );
  }
  const { layers } = await lookedAttention({ ...question, source: whole });
  const chosen = layers.filter(
    (_, at) => (layer === null || at === layer) && model.session.layers[at]?.kind === "cross",
  );
  const [first] = chosen;
  if (!first || (head !== null && chosen.some(({ heads }) => head >= heads))) {
    throw noSuchHead(layer ?? 0, head ?? 0, layers);
  }
  const of = (one: LayerAttention) => (head === null ? aggregateHeads(one, "mean") : headMatrix(one, head).values);
  const values = aggregateLayers(chosen.map(of), "mean");
  const rows = Array.from({ length: first.queries - outputFrom }, (_, row) => {
    const from = (outputFrom + row) * first.keys;
    return values.slice(from, from + outputFrom);
  });
  const result = new Float32Array(rows.length * outputFrom);
  for (const [row, weights] of rows.entries()) {
    result.set(weights, row * outputFrom);
  }
  return { queries: rows.length, keys: outputFrom, values: result };
};
