import { ExplainError } from "../../common/errors";
import { type Look, type LookKind, type Looks, readLook } from "../../common/look";
import { aggregateLook } from "./aggregate";
import { alignmentLook } from "./alignment";
import { changesLook } from "./changes";
import { headLook } from "./head";
import type { LookAnswer, LookQuestion } from "./look";
import { overviewLook } from "./overview";
import { profileLook } from "./profile";
import { rolloutLook } from "./rollout";

/** What answers each kind of look. */
export const lookAnswers: { readonly [K in LookKind]: LookAnswer<K> } = {
  overview: overviewLook,
  head: headLook,
  aggregate: aggregateLook,
  alignment: alignmentLook,
  rollout: rolloutLook,
  profile: profileLook,
  changes: changesLook,
};

/** Answers a look; rejects with `method-unavailable` where the model has no such thing, with `request-invalid` what is no look. */
export async function answerLook<K extends LookKind>(
  look: Look<K>,
  question: LookQuestion,
): Promise<Looks[K]["result"]> {
  if (!readLook(look)) {
    throw new ExplainError("request-invalid", "The request cannot be carried out: {0} must be {1}.", "look", "a look");
  }
  const answer: LookAnswer<K> = lookAnswers[look.kind];
  return await answer(look, question);
}
