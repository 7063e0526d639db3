import type { AttentionOverview, HeadMatrix } from "../src/common/engineProtocol";
import type { PanelView } from "../src/common/panelProtocol";
import type { HostConnection } from "./messages";

/** Which matrix is looked at. */
export type MatrixChoice = Pick<PanelView, "window" | "layer" | "head" | "aggregate" | "aggregateLayer">;

const matricesKept = 32;

/** Pulls overviews and matrices when they are looked at and keeps the last few. */
export class HeadSource {
  readonly #host: HostConnection;
  readonly #overviews = new Map<string, Promise<AttentionOverview>>();
  readonly #matrices = new Map<string, Promise<HeadMatrix>>();

  constructor(host: HostConnection) {
    this.#host = host;
  }

  /** All heads of one window; `key` names the attention (see `attentionKey`). */
  overview(key: string, window: number): Promise<AttentionOverview> {
    return remember(this.#overviews, `${window} ${key}`, 2, () => this.#host.request("overview", { window }));
  }

  /** One head, or several as one matrix. */
  matrix(key: string, choice: MatrixChoice): Promise<HeadMatrix> {
    return remember(this.#matrices, `${choiceName(choice)} ${key}`, matricesKept, () => this.#pull(choice));
  }

  #pull({ window, layer, head, aggregate, aggregateLayer }: MatrixChoice): Promise<HeadMatrix> {
    if (aggregate === "heads") {
      return this.#host.request("head", { window, layer, head });
    }
    const wanted = aggregate === "rollout" ? null : aggregateLayer;
    return this.#host.request("aggregate", { window, kind: aggregate, layer: wanted });
  }
}

/** Names a choice; equal names mean the same matrix of one text. */
export function choiceName({ window, layer, head, aggregate, aggregateLayer }: MatrixChoice): string {
  switch (aggregate) {
    case "heads":
      return `${window}:${layer}.${head}`;
    case "rollout":
      return `${window}:rollout`;
    default:
      return `${window}:${aggregate}.${aggregateLayer ?? "all"}`;
  }
}

function remember<T>(kept: Map<string, Promise<T>>, key: string, most: number, pull: () => Promise<T>): Promise<T> {
  const found = kept.get(key);
  const value = found ?? pull();
  kept.delete(key);
  kept.set(key, value);
  if (!found) {
    value.catch(() => kept.delete(key));
  }
  for (const oldest of kept.keys()) {
    if (kept.size <= most) {
      break;
    }
    kept.delete(oldest);
  }
  return value;
}
