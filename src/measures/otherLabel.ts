import { kendallTau } from "../common/kendall";
import { message } from "../common/message";
import { hardlyChanges, type Measure } from "./measure";

/** Kendall's τ-b of the scores with those for another label: the most probable other one. Scores that are told apart by it depend on what is explained. */
export const otherLabel: Measure = {
  planned: ({ method }) => (method?.hasOtherLabel ? method.cost : null),
  async run({ method, signed }) {
    const compared = (await method?.again({ kind: "label" })) ?? null;
    const found = compared && kendallTau(...compared);
    if (!found) {
      return null;
    }
    const doubt = message(
      "The scores for another label have nearly the same order: they hardly depend on what is explained.",
    );
    return {
      value: found.tau,
      spread: null,
      curve: null,
      scale: "none",
      notes: signed && found.tau >= hardlyChanges ? [doubt] : [],
    };
  },
};
