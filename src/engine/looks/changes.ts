import { ExplainError } from "../../common/errors";
import type { OutputPlace } from "../../common/look";
import { meanValue } from "../../common/moments";
import { defaultOptions } from "../../common/options";
import { outcomesOf } from "../../common/prediction/registry";
import { changedAttention } from "../../methods/changedAttention";
import { classProbabilities } from "../../tasks/classification";
import { readingQuery } from "../drivers/attention";
import { RowInside } from "../insideTarget";
import type { LoadedModel } from "../loadedModel";
import { type LookAnswer, lookedRow } from "./look";

/** Answers with what other attention does to the probability of a class, or of outputs at tokens. */
export const changesLook: LookAnswer<"changes"> = async ({ index, seed, places }, question) => {
  const { model, source, signal } = question;
  const looked = lookedRow(question);
  const { width } = model.task;
  const at = places.map(({ position }) => position);
  const isThere = places.every(({ position, output }) => position < looked.ids.length && output < width);
  if ((model.task.places === null) !== (at.length === 0) || !isThere) {
    throw unwatched();
  }
  const row = at.length === 0 ? looked : { ...looked, at };
  const inside = new RowInside(row, { model, signal, target: { reads: [{ index, weight: 1 }] } });
  return await changedAttention(inside, {
    query: readingQuery(model, at)(row.ids.length),
    content: source.special.flatMap((special, position) => (special ? [] : [position])),
    probability: (outputs) => (at.length === 0 ? ofText(outputs, index, model) : atPlaces(outputs, places, width)),
    seed,
    signal,
  });
};

/** The probability of a class of the text. */
function ofText(outputs: ArrayLike<number>, index: number, { task }: Pick<LoadedModel, "task">): number {
  const window = { at: [], outputs, share: 1, weights: [] };
  const read = { text: "", pair: null, tokens: [], wordEnds: () => [], windows: [window] };
  const prediction = task.predict(read, defaultOptions);
  const probability = outcomesOf(prediction).find((one) => one.index === index)?.probability ?? null;
  if (probability === null) {
    throw unwatched();
  }
  return probability;
}

/** The mean probability of one output at each place among those of that place. */
function atPlaces(outputs: ArrayLike<number>, places: readonly OutputPlace[], width: number): number {
  const all = Array.from(outputs);
  return meanValue(
    places.map(
      ({ output }, slot) => classProbabilities(all.slice(slot * width, (slot + 1) * width), "softmax")[output] ?? 0,
    ),
  );
}

function unwatched(): ExplainError {
  return new ExplainError("method-unavailable", "The model's prediction has no probability that could be watched.");
}
