import { ExplainError } from "../../common/errors";
import { defaultOptions } from "../../common/options";
import { outcomesOf } from "../../common/prediction/registry";
import { changedAttention } from "../../methods/changedAttention";
import { readingQuery } from "../drivers/attention";
import { RowInside } from "../insideTarget";
import { type LookAnswer, lookedRow } from "./look";

/** Answers with what other attention does to the probability of a class. */
export const changesLook: LookAnswer<"changes"> = async ({ index, seed }, question) => {
  const { model, source, signal } = question;
  if (model.task.places !== null) {
    throw unwatched();
  }
  const row = lookedRow(question);
  const inside = new RowInside(row, { model, signal, target: { reads: [{ index, weight: 1 }] } });
  return await changedAttention(inside, {
    query: readingQuery(model)(row.ids.length),
    content: source.special.flatMap((special, position) => (special ? [] : [position])),
    probability: (outputs) => {
      const window = { at: [], outputs, share: 1, weights: [] };
      const read = { text: "", pair: null, tokens: [], wordEnds: () => [], windows: [window] };
      const prediction = model.task.predict(read, defaultOptions);
      const probability = outcomesOf(prediction).find((one) => one.index === index)?.probability ?? null;
      if (probability === null) {
        throw unwatched();
      }
      return probability;
    },
    seed,
    signal,
  });
};

function unwatched(): ExplainError {
  return new ExplainError("method-unavailable", "The model's prediction has no probability that could be watched.");
}
