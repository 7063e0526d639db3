import type { ExplainRequest, Explanation } from "../common/explanation";
import type { PanelRequests } from "../common/panelProtocol";
import type { Engine } from "../editor/engine";
import type { Explained } from "../editor/explained";

type Asked = PanelRequests["placeScores"];

/** What was computed of each explained text, by what was asked; it lives as long as its explanation. */
const known = new WeakMap<Explanation, Map<string, Promise<Asked["result"]>>>();

/** The scores of an explained text for another of the places that it can be explained at, by one method: computed once. */
export function placeScores(
  engine: Pick<Engine, "explain">,
  { request }: Pick<Explained, "request">,
  explanation: Explanation,
  { position, method }: Asked["params"],
): Promise<Asked["result"]> {
  const kept = known.get(explanation) ?? new Map<string, Promise<Asked["result"]>>();
  known.set(explanation, kept);
  const key = `${position} ${method}`;
  const found = kept.get(key);
  if (found) {
    return found;
  }
  const asked = scoresOf(engine, {
    ...request,
    position,
    target: null,
    versus: null,
    methods: [method],
    choose: "given",
    measures: [],
    units: "token",
  });
  kept.set(key, asked);
  asked.catch(() => kept.delete(key));
  return asked;
}

async function scoresOf(engine: Pick<Engine, "explain">, request: ExplainRequest): Promise<Asked["result"]> {
  const { tokens, target, attributions } = await engine.explain(request);
  const scores = attributions[0]?.scores ?? [];
  const of = (segment: number): number[] =>
    tokens.flatMap((token) => (token.special || token.segment !== segment ? [] : [scores[token.index] ?? 0]));
  return { label: target.label, text: of(0), output: of(2) };
}
