import type { Explanation } from "../common/explanation";
import { lookSource } from "../common/look";
import type { EngineClient } from "../engineClient/engineClient";
import { pullLook } from "../engineClient/pullLook";
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
    const source = lookSource(explanation, window);
    for (const { layer, head } of wanted) {
      matrices.push({
        window,
        layer,
        head,
        ...(await pullLook(engine, source, { kind: "head", layer, head }, signal)),
      });
    }
  }
  return matrices;
}
