import "./styles/base.css";
import "./styles/prediction.css";
import "./styles/tokens.css";
import "./styles/pairs.css";
import "./styles/heads.css";
import "./styles/compare.css";
import "./styles/analysis.css";
import { element, setText } from "./dom";
import { HostConnection, type VsCodeApi } from "./messages";
import { onThemeChange } from "./pictures/colourRamp";
import { PredictionHeader } from "./prediction/predictionHeader";
import { sections } from "./sections/registry";
import { StatusView } from "./statusView";
import { Store } from "./store";
import { Tabs } from "./tabs";

declare function acquireVsCodeApi(): VsCodeApi;

/** Builds the panel into the empty body of its page and connects it to the extension host. */
function start(): void {
  const api = acquireVsCodeApi();
  const store = new Store(api);
  const host = new HostConnection(api, {
    explanation: (explanation) => store.setExplanation(explanation),
    status: (status) => store.setStatus(status),
    study: (study) => store.setStudy(study),
    show: (place) => tabs.views.some((view) => view.show?.(place)),
  });
  const status = new StatusView(host);
  const prediction = new PredictionHeader(host);
  const tabs = new Tabs(sections, host, store);
  const empty = element("p", { class: "empty dim" });
  const main = element("main");
  main.append(status.element, empty, prediction.element, tabs.element, ...tabs.views.map((view) => view.element));
  document.body.append(main);
  store.subscribe((snapshot) => {
    const { explanation, status: told, study, strings } = snapshot;
    empty.hidden = !!explanation || !!study || !!told?.error;
    setText(empty, told?.progress ? strings.starting : strings.nothingYet);
    for (const view of [status, prediction, tabs]) {
      view.update(snapshot);
    }
  });
  onThemeChange(() => {
    for (const view of tabs.views) {
      view.repaint?.();
    }
  });
  store.showKept();
  host.request("ready", null).then(
    ({ strings, explanation, status: told, study, formats }) => {
      prediction.setFormats(formats);
      store.setStrings(strings);
      store.start(explanation, told);
      store.setStudy(study);
    },
    () => undefined,
  );
}

start();
