import { type Explanation, windowTokens } from "../common/explanation";
import type { EngineClient } from "../engineClient/engineClient";
import type { ChosenMatrix } from "../exports/export";
import type { AttentionChoice } from "./options";

/** Pulls the attention matrices a person asked for, of every window; throws `method-unavailable` for a head there is not. */
export async function chosenMatrices(
  engine: Pick<EngineClient, "request">,
  explanation: Explanation,
  choice: AttentionChoice,
  signal: AbortSignal,
): Promise<readonly ChosenMatrix[] | null> {
  if (choice !== "all" && choice.length === 0) {
    return null;
  }
  const { layers, heads } = explanation.attention ?? { layers: 0, heads: 0 };
  const wanted =
    choice === "all"
      ? Array.from({ length: layers * heads }, (_, index) => ({
          layer: Math.floor(index / heads),
          head: index % heads,
        }))
      : choice;
  const matrices: ChosenMatrix[] = [];
  for (const window of explanation.windows.keys()) {
    const tokens = windowTokens(explanation, window).flatMap((index) => explanation.tokens[index] ?? []);
    const source = {
      model: explanation.model.reference,
      ids: tokens.map((token) => token.id),
      segments: tokens.map((token) => token.segment),
    };
    for (const { layer, head } of wanted) {
      matrices.push({
        window,
        layer,
        head,
        ...(await engine.request("attentionHead", { source, layer, head }, signal)),
      });
    }
  }
  return matrices;
}
