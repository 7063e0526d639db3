import { type Explanation, windowTokens } from "./explanation";
import type { Look } from "./look";
import { outcomesOf, watchedOf } from "./prediction/registry";

/** What is asked about a window of an explained text to learn what other attention would do to its prediction. */
export function changesLookOf(
  explanation: Pick<Explanation, "model" | "prediction" | "seed" | "target" | "tokens" | "windows">,
  window: number,
): Look<"changes"> {
  const { prediction, seed } = explanation;
  const tokens = windowTokens(explanation, window);
  const places = watchedOf(explanation).flatMap(({ token, output }) => {
    const position = tokens.indexOf(token);
    return position < 0 ? [] : [{ position, output }];
  });
  return { kind: "changes", index: outcomesOf(prediction)[0]?.index ?? 0, seed, places };
}
