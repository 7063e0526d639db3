import { type Explanation, windowTokens } from "../../src/common/explanation";
import type { HeadMatrix, Look, LookKind, Looks } from "../../src/common/look";
import type { FromPanel, PanelExplanation, PanelStatus, PanelStudy, ToPanel } from "../../src/common/panelProtocol";
import { panelStrings } from "../../src/common/panelStrings";
import { outcomesOf, type Prediction } from "../../src/common/prediction/registry";
import { classesPrediction } from "../support/predictions";
import {
  fixtureHeads,
  fixtureLayers,
  fixturePlan,
  fixtureProfile,
  makeHead,
  makeOverview,
  meanMatrix,
} from "./fixture";

/** What a host shows. */
export interface Shown {
  readonly explanation: PanelExplanation;
  readonly status: PanelStatus;
}

/** What a test hands to the fake extension host, and what it finds there afterwards. */
export interface FakeHostWindow {
  /** What to answer `ready` with; also what a reload starts from. */
  scenario: Shown & {
    readonly study?: PanelStudy;
    readonly failHeads?: boolean;
    readonly silent?: boolean;
    readonly picture?: string;
  };
  /** Every request of the panel, oldest first. */
  requests: FromPanel[];
  /** Sends something to the panel. */
  send(message: ToPanel): void;
  acquireVsCodeApi(): { postMessage(message: FromPanel): void; getState(): unknown; setState(state: unknown): void };
}

const formats = [
  { id: "json", label: "JSON" },
  { id: "csv", label: "CSV" },
  { id: "md", label: "Markdown" },
];
const stateKey = "kept";
const host = window as unknown as FakeHostWindow;

host.requests = [];
host.send = (message) => window.postMessage(message, "*");
host.acquireVsCodeApi = () => ({
  postMessage: (message) => {
    host.requests.push(message);
    if (!host.scenario.silent) {
      queueMicrotask(() => host.send(answer(message)));
    }
  },
  getState: () => JSON.parse(sessionStorage.getItem(stateKey) ?? "null") as unknown,
  setState: (state) => sessionStorage.setItem(stateKey, JSON.stringify(state)),
});

function answer(message: FromPanel): ToPanel {
  const { explanation: shown, status, failHeads } = host.scenario;
  const explanation = shown.subject?.explanation ?? null;
  const response = message.id;
  switch (message.request) {
    case "ready":
      return {
        response,
        result: { strings: panelStrings, explanation: shown, status, study: host.scenario.study ?? null, formats },
      };
    case "look": {
      const { window: part, look } = message.params;
      if (failHeads && look.kind === "head") {
        const text = { template: "The engine stopped. Run the command again.", args: [] };
        return { response, error: { reason: "engine-crashed", message: text } };
      }
      return { response, result: looked(look, specialOf(explanation, part)) };
    }
    case "predictMasked":
      return { response, result: { prediction: masked(explanation, message.params.masked) } };
    case "placeScores": {
      const own = explanation?.tokens.filter(({ special }) => !special) ?? [];
      const sign = message.params.position === own[0]?.index ? 1 : -1;
      return { response, result: { label: "", text: own.map((_, at) => sign * at), output: [] } };
    }
    case "picture":
      return { response, result: { svg: host.scenario.picture ?? "" } };
    case "plan":
      return { response, result: fixturePlan };
    default:
      return { response, result: null };
  }
}

const allLayers = Array.from({ length: fixtureLayers }, (_, index) => index);

/** What is inside the fixture's model, for each kind of look. */
const insides: { readonly [K in LookKind]: (look: Look<K>, special: readonly boolean[]) => Looks[K]["result"] } = {
  overview: (_look, special) => makeOverview(special),
  head: ({ layer, head }, special) => makeHead(layer, head, special.length),
  aggregate: ({ layer }, special) => meanOf(layer === null ? allLayers : [layer], special.length),
  /** Of the last two tokens, and of what comes behind them, on those before. */
  alignment: ({ head, rest }, special) => {
    const [queries, keys] = [2 + rest.length, special.length - 2];
    return { queries, keys, values: makeHead(2, head ?? 0, queries + keys).values.slice(0, queries * keys) };
  },
  rollout: (_look, special) => meanOf(allLayers, special.length),
  profile: (_look, special) => fixtureProfile(special),
  changes: () => ({
    shuffles: 20,
    shuffledLast: 0.031,
    shuffledAll: 0.12,
    divergence: 0,
    movedByOther: 0,
    evaluations: 101,
  }),
};

function looked<K extends LookKind>(look: Look<K>, special: readonly boolean[]): Looks[K]["result"] {
  const inside: (look: Look<K>, special: readonly boolean[]) => Looks[K]["result"] = insides[look.kind];
  return inside(look, special);
}

function meanOf(layers: readonly number[], count: number): HeadMatrix {
  const heads = (layer: number) => Array.from({ length: fixtureHeads }, (_, head) => makeHead(layer, head, count));
  return meanMatrix(layers.flatMap(heads));
}

function specialOf(explanation: Explanation | null, part: number): boolean[] {
  return explanation ? windowTokens(explanation, part).map((index) => explanation.tokens[index]?.special ?? false) : [];
}

/** A two-class answer that goes down by the masked tokens' own LIME scores. */
function masked(explanation: Explanation | null, tokens: readonly number[]): Prediction {
  const scores = explanation?.attributions[0]?.scores ?? [];
  const lost = tokens.reduce((sum, token) => sum + (scores[token] ?? 0), 0);
  const probability = Math.max(0.001, Math.min(0.999, 0.998 - lost));
  const other = 1 - probability;
  const [first, second] = explanation ? outcomesOf(explanation.prediction) : [];
  const moved = [
    { index: first?.index ?? 0, label: first?.label ?? "", probability, logit: Math.log(probability / other) },
    { index: second?.index ?? 1, label: second?.label ?? "", probability: other, logit: Math.log(other / probability) },
  ];
  return classesPrediction(...moved.sort((a, b) => b.probability - a.probability));
}
