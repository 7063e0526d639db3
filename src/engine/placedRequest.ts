import type { ExplainRequest, PlacedRequest } from "../common/explanation";
import type { Continuation } from "../tasks/task";
import type { LoadedModel } from "./loadedModel";
import { textsInRow } from "./textsInRow";

/**
 * A request in which `last` has become a number: the last token of the text that is no special one, or of what was written behind it. `written` gives that, `null` where nothing is to be run;
 * the task then chooses. Throws what {@link textsInRow} throws.
 */
export async function placedRequest(
  model: Pick<LoadedModel, "task" | "tokenizer" | "folder">,
  request: ExplainRequest,
  written: () => Promise<Continuation | null>,
): Promise<PlacedRequest> {
  const { position, ...rest } = request;
  if (position !== "last") {
    return { ...rest, position };
  }
  const { task } = model;
  if (task.continues) {
    const continuation = await written();
    return { ...rest, position: continuation && Math.max(0, continuation.steps.length - 1) };
  }
  const { tokens } = textsInRow(request.text, task.second(request), model);
  const last = tokens.findLast(({ special, segment }) => !special && segment === 0);
  return { ...rest, position: last?.index ?? null };
}
