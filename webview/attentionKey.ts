import type { Explanation } from "../src/common/explanation";

/** Names what attention depends on: two explanations with the same key have the same heads. */
export function attentionKey(explanation: Explanation): string {
  const ids = explanation.tokens.map((token) => (explanation.masked.includes(token.index) ? -1 : token.id));
  return `${explanation.model.sha256} ${explanation.model.file} ${ids.join(" ")}`;
}
