import "./styles/base.css";
import "./styles/prediction.css";
import "./styles/tokens.css";
import "./styles/heads.css";
import type { PanelView } from "../src/common/panelProtocol";
import { onThemeChange } from "./colourRamp";
import { element, setAttribute, setText, uniqueId } from "./dom";
import { HeadsView } from "./headsView";
import { HostConnection, type VsCodeApi } from "./messages";
import { PredictionView, StatusView } from "./predictionView";
import { type Snapshot, Store } from "./store";
import { TokensView } from "./tokensView";

declare function acquireVsCodeApi(): VsCodeApi;

type Section = PanelView["section"];

/** The tabs under the prediction, walked with the arrow keys. */
class Tabs {
  readonly element = element("div", { class: "tabs", attributes: { role: "tablist" } });
  readonly #tabs = new Map<Section, HTMLButtonElement>();

  constructor(store: Store, panels: Readonly<Record<Section, HTMLElement>>) {
    for (const section of ["tokens", "heads"] as const) {
      const tab = element("button", { attributes: { type: "button", role: "tab", "data-section": section } });
      const panel = panels[section];
      tab.id = uniqueId("tab");
      panel.id = uniqueId("panel");
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      tab.setAttribute("aria-controls", panel.id);
      tab.addEventListener("click", () => store.setView({ section }));
      this.#tabs.set(section, tab);
      this.element.append(tab);
    }
    this.element.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowLeft" || key === "ArrowRight") {
        const section = store.snapshot.view.section === "tokens" ? "heads" : "tokens";
        store.setView({ section });
        this.#tabs.get(section)?.focus();
      }
    });
  }

  update({ strings, view, state }: Snapshot): void {
    this.element.hidden = !state?.explanation;
    setAttribute(this.element, "aria-label", strings.sections);
    for (const [section, tab] of this.#tabs) {
      setText(tab, strings[section]);
      setAttribute(tab, "aria-selected", String(section === view.section));
      tab.tabIndex = section === view.section ? 0 : -1;
    }
  }
}

/** Builds the panel into the empty body of its page and connects it to the extension host. */
function start(): void {
  const api = acquireVsCodeApi();
  const store = new Store(api);
  const host = new HostConnection(api, {
    state: (state) => store.setState(state),
    showToken: ({ token }) => {
      store.setView({ section: "tokens" });
      tokens.showToken(token);
    },
    showHead: ({ layer, head }) => {
      store.setView({ section: "heads", aggregate: "heads", layer, head });
      heads.element.scrollIntoView();
    },
  });
  const status = new StatusView(host);
  const prediction = new PredictionView(host);
  const tokens = new TokensView(host, store);
  const heads = new HeadsView(host, store);
  const tabs = new Tabs(store, { tokens: tokens.element, heads: heads.element });
  const empty = element("p", { class: "empty dim" });
  const main = element("main");
  main.append(status.element, empty, prediction.element, tabs.element, tokens.element, heads.element);
  document.body.append(main);
  store.subscribe((snapshot) => {
    const { state, strings } = snapshot;
    empty.hidden = !!state?.explanation || !!state?.error;
    setText(empty, state?.progress ? strings.starting : strings.nothingYet);
    for (const view of [status, prediction, tabs, tokens, heads]) {
      view.update(snapshot);
    }
  });
  onThemeChange(() => heads.repaint());
  store.showKept();
  host.request("ready", null).then(
    ({ strings, state }) => {
      store.setStrings(strings);
      store.setState(state, true);
    },
    () => undefined,
  );
}

start();
