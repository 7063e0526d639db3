import { type ErrorData, ExplainError } from "../src/common/errors";
import type { Look, Looks } from "../src/common/look";
import type { FromPanel, PanelEvents, PanelRequests, ToPanel } from "../src/common/panelProtocol";

/** The part of VS Code's web view interface that the panel uses. */
export interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: ExplainError): void;
}

/** What the panel does on each event of the extension host. */
export type EventListeners = { readonly [K in keyof PanelEvents]: (params: PanelEvents[K]) => void };

/** The panel's end of the typed line to the extension host: requests with answers, errors as data, events. */
export class HostConnection {
  readonly #api: VsCodeApi;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(api: VsCodeApi, listeners: EventListeners) {
    this.#api = api;
    window.addEventListener("message", ({ data }: MessageEvent<ToPanel>) => {
      if ("response" in data) {
        this.#settle(data);
      } else {
        deliver(data, listeners);
      }
    });
  }

  /** Asks the host; rejects with an {@link ExplainError}, whatever went wrong. */
  request<K extends keyof PanelRequests>(
    request: K,
    params: PanelRequests[K]["params"],
  ): Promise<PanelRequests[K]["result"]> {
    this.#lastId++;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, {
        resolve: (result) => resolve(result as PanelRequests[K]["result"]),
        reject,
      });
      this.#api.postMessage({ id, request, params } as FromPanel);
    });
  }

  /** Pulls something of the inside of the model on one window of the text; rejects as {@link request} does. */
  async look<L extends Look>(window: number, look: L): Promise<Looks[L["kind"]]["result"]> {
    return (await this.request("look", { window, look })) as Looks[L["kind"]]["result"];
  }

  /** Tells the host something whose answer changes nothing here. */
  tell<K extends keyof PanelRequests>(request: K, params: PanelRequests[K]["params"]): void {
    this.request(request, params).catch(() => undefined);
  }

  #settle(data: { response: number; result: unknown } | { response: number; error: ErrorData }): void {
    const pending = this.#pending.get(data.response);
    this.#pending.delete(data.response);
    if ("error" in data) {
      pending?.reject(ExplainError.fromData(data.error));
    } else {
      pending?.resolve(data.result);
    }
  }
}

function deliver<K extends keyof PanelEvents>(
  { event, params }: { readonly event: K; readonly params: PanelEvents[K] },
  listeners: EventListeners,
): void {
  listeners[event]?.(params);
}

/** Drops answers that were overtaken: only the newest of several overlapping questions may speak. */
export class Latest {
  #newest = 0;

  /** Starts a question; the returned function says whether it is still the newest. */
  begin(): () => boolean {
    this.#newest++;
    const mine = this.#newest;
    return () => mine === this.#newest;
  }
}
