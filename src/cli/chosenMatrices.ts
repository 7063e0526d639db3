import type { AttentionStage, Explanation } from "../common/explanation";
import { type HeadMatrix, lookSource } from "../common/look";
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
  const { attention } = explanation;
  const { layers = 0, heads = 0, stages } = attention ?? {};
  const wanted =
    choice === "all"
      ? Array.from({ length: layers }, (_, layer) =>
          Array.from({ length: stages?.[layer]?.heads ?? heads }, (_, head) => ({ layer, head })),
        ).flat()
      : choice;
  const matrices: ChosenMatrix[] = [];
  for (const window of explanation.windows.keys()) {
    const source = lookSource(explanation, window);
    for (const { layer, head } of wanted) {
      const whole = await pullLook(engine, source, { kind: "head", layer, head }, signal);
      const part = stages?.[layer]?.part;
      matrices.push({
        window,
        layer,
        head,
        kind: part ? kinds[part] : (attention?.kind ?? "self"),
        ...(part ? ofPart(whole, part, source.segments) : whole),
      });
    }
  }
  return matrices;
}

/** What the attention of a part of an encoder and a decoder is called. */
const kinds = { encoder: "self", decoder: "causal", cross: "cross" } as const;

/** The rows and columns of a matrix over all tokens that a part has: those of the text (an encoder), of the output so far (a decoder), or rows of the output and columns of the text. */
function ofPart({ keys, values }: HeadMatrix, part: AttentionStage["part"], segments: readonly number[]): HeadMatrix {
  const placesOf = (isOutput: boolean) => [...segments.keys()].filter((at) => (segments[at] === 2) === isOutput);
  const [rows, columns] = [placesOf(part !== "encoder"), placesOf(part === "decoder")];
  return {
    queries: rows.length,
    keys: columns.length,
    values: Float32Array.from(rows.flatMap((row) => columns.map((column) => values[row * keys + column] ?? 0))),
  };
}
