import { ExplainError } from "../../common/errors";
import type { ModelFolder } from "../../models/folder";
import type { ModelSession } from "../session";

/** The ids that a decoder begins with, which is fed what it writes apart from the text; none for other models. Throws `model-file-corrupt` where the model's files name none. */
export function outputBegins({
  session,
  folder,
}: {
  readonly session: Pick<ModelSession, "readsOutput">;
  readonly folder: { readonly generation: Pick<ModelFolder["generation"], "begins"> };
}): readonly number[] {
  const { begins } = folder.generation;
  if (!session.readsOutput) {
    return [];
  }
  if (begins === null) {
    throw new ExplainError(
      "model-file-corrupt",
      "The model's files do not say which token its decoder begins with. Add decoder_start_token_id to its config.json.",
    );
  }
  return [begins];
}
