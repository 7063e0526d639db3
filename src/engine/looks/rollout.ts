import { type LookAnswer, lookedAttention } from "./look";

/** Answers with attention rollout through all layers. */
export const rolloutLook: LookAnswer<"rollout"> = async (_look, question) =>
  (await lookedAttention(question)).rollout();
