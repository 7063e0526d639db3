import type { HeadProfile } from "../../common/look";
import { distanceSteps, headProfiles, weightSteps } from "../../methods/headProfiles";
import { Pacer } from "../../methods/pacer";
import { type LookAnswer, lookedAttention } from "./look";

/** Answers with figures of all heads. */
export const profileLook: LookAnswer<"profile"> = async (_look, question) => {
  const { layers } = await lookedAttention(question);
  const { special } = question.source;
  const pacer = new Pacer(question.signal);
  const heads: HeadProfile[] = [];
  for (const [layer, attention] of layers.entries()) {
    heads.push(...headProfiles(attention, layer, special));
    if (pacer.due()) {
      await pacer.rest();
    }
  }
  return { distances: distanceSteps(special.length), weights: weightSteps, heads };
};
