import { cleanName } from "../src/common/cleanWords";
import { isUnfinished } from "../src/common/colourScale";
import { canBeMoreExact, doubtsOf, fitsPoorly, formatFit } from "../src/common/doubts";
import { type Attribution, type ClassScore, type Explanation, specialTotal } from "../src/common/explanation";
import { formatCount, formatDuration, formatOutput, formatPercent } from "../src/common/format";
import { importanceOf } from "../src/common/importance";
import { methodInfo } from "../src/common/method";
import type { PanelState } from "../src/common/panelProtocol";
import type { PanelStrings } from "../src/common/panelStrings";
import { Choice, linkButton, pushButton } from "./controls";
import { element, setParts, setText } from "./dom";
import type { HostConnection } from "./messages";
import { fill, type Snapshot, sentence } from "./store";

const classesShown = 8;
/** Stands for "nothing in particular" in the list of classes; classes stand as numbers, whatever their labels. */
const noVersus = "none";

/** The attribution the person looks at: the chosen method's, what colours the editor, or the first. */
export function shownAttribution(explanation: Explanation, snapshot: Snapshot): Attribution | undefined {
  const { view, state } = snapshot;
  return (
    explanation.attributions.find(({ method }) => method === view.method) ??
    importanceOf(explanation, state?.importance ?? null) ??
    explanation.attributions[0]
  );
}

/** A logit with two decimals and a true minus sign. */
export function formatLogit(logit: number): string {
  return logit.toFixed(2).replace("-", "−");
}

/** Asks the host to explain the current text again with the question as it stands; other fields of `change` replace it. */
export function explainAgain(
  host: HostConnection,
  explanation: Explanation | null,
  change: { target?: string; versus?: string | null; masked?: readonly number[] } = {},
): void {
  const { label, versus } = explanation?.target ?? { label: null, versus: null };
  // Without a choice of the person's own, edited text must be free to come out as another class.
  const target = label === explanation?.prediction[0]?.label && versus === null ? null : label;
  host.tell("explainAgain", { target, versus, masked: explanation?.masked ?? [], ...change });
}

/** The top of the panel: what the model says, why rather than what, how it was found, and what is going on. */
export class PredictionView {
  readonly element = element("header", { class: "prediction" });
  readonly #host: HostConnection;
  #explanation: Explanation | null = null;
  #strings: PanelStrings | null = null;
  #allClasses = false;
  readonly #source = element("p", { class: "small dim source" });
  readonly #reading = element("p", { class: "small dim reading" });
  readonly #useRaw = linkButton(() => this.#host.tell("useRawText", null));
  readonly #doubt = element("p", { class: "doubt" });
  readonly #headline = element("h1");
  readonly #whyLabel = element("span", { class: "dim" });
  readonly #ratherLabel = element("span", { class: "dim" });
  readonly #why = new Choice((chosen) => this.#ask(this.#label(chosen), null));
  readonly #rather = new Choice((chosen) => this.#ask(this.#explanation?.target.label, this.#label(chosen) ?? null));
  readonly #question = element("div", { class: "question" });
  readonly #classes = element("table", { class: "classes" });
  readonly #more = linkButton(() => this.#toggleClasses());
  readonly #meta = element("p", { class: "small dim meta" });
  readonly #remarks = element("ul", { class: "remarks small" });
  readonly #exactly: HTMLElement;

  constructor(host: HostConnection) {
    this.#host = host;
    this.#exactly = linkButton(() => host.tell("explainMoreExactly", null));
    this.#question.append(this.#whyLabel, this.#why.element, this.#ratherLabel, this.#rather.element);
    this.element.append(
      this.#doubt,
      element("div", { class: "headline" }, this.#headline, this.#question),
      this.#classes,
      this.#more,
      this.#meta,
      this.#remarks,
      this.#exactly,
      this.#source,
      this.#reading,
    );
  }

  update(snapshot: Snapshot): void {
    const { strings, state } = snapshot;
    const explanation = state?.explanation ?? null;
    this.element.hidden = explanation === null || explanation.prediction.length === 0;
    if (!explanation) {
      this.#explanation = null;
      return;
    }
    const redraw = explanation !== this.#explanation || strings !== this.#strings;
    this.#explanation = explanation;
    this.#strings = strings;
    setText(this.#source, state?.source ?? "");
    this.#drawReading(state?.reading ?? null, strings);
    if (redraw) {
      this.#drawClasses();
    }
    this.#drawQuestion(explanation, strings);
    const attribution = shownAttribution(explanation, snapshot);
    const meta = metaLine(explanation, attribution, strings).map((text) => element("bdi", { text }));
    setParts(
      this.#meta,
      meta.flatMap((part, place) => (place === 0 ? [part] : [" · ", part])),
    );
    const [doubt, ...doubts] = doubtsOf(explanation, attribution, strings);
    this.#doubt.hidden = doubt === undefined;
    setText(this.#doubt, doubt ? sentence(doubt) : "");
    const remarks = [
      ...doubts.map((text) => ({ text, warns: true })),
      ...(attribution?.notes ?? []).map((text) => ({ text, warns: attribution?.converged === false })),
    ];
    this.#remarks.replaceChildren(
      ...remarks.map(({ text, warns }) => element("li", { text: sentence(text), class: warns ? "warns" : "" })),
    );
    this.#remarks.hidden = remarks.length === 0;
    setText(this.#exactly, strings?.explainMoreExactly ?? "");
    this.#exactly.hidden =
      !attribution || !canBeMoreExact(attribution) || state?.stale === true || state?.progress !== null;
  }

  /** What was read of the document, and the way back to the text as it stands there. */
  #drawReading(reading: string | null, { useRawText }: PanelStrings): void {
    this.#reading.hidden = reading === null;
    setText(this.#useRaw, useRawText);
    setParts(this.#reading, reading === null ? [] : [reading, " ", this.#useRaw]);
  }

  #ask(target: string | undefined, versus: string | null): void {
    if (target !== undefined) {
      explainAgain(this.#host, this.#explanation, { target, versus });
    }
  }

  #label(chosen: string): string | undefined {
    return chosen === noVersus ? undefined : this.#explanation?.prediction[Number(chosen)]?.label;
  }

  #toggleClasses(): void {
    this.#allClasses = !this.#allClasses;
    this.#drawClasses();
  }

  #drawQuestion(explanation: Explanation, strings: PanelStrings): void {
    const { target, prediction } = explanation;
    const isNumber = target.kind === "number";
    this.#question.hidden = isNumber && prediction.length === 1;
    this.#ratherLabel.hidden = isNumber;
    this.#rather.element.hidden = isNumber;
    setText(this.#whyLabel, strings.why);
    setText(this.#ratherLabel, strings.ratherThan);
    const options = prediction.map(({ label }, place) => ({ value: String(place), label }));
    const placeOf = (wanted: string | null): string => options.find(({ label }) => label === wanted)?.value ?? noVersus;
    this.#why.update(strings.why, options, placeOf(target.label));
    const others = options.filter(({ label }) => label !== target.label);
    this.#rather.update(
      strings.ratherThan,
      [{ value: noVersus, label: strings.nothingElse }, ...others],
      placeOf(target.versus),
    );
  }

  #drawClasses(): void {
    const explanation = this.#explanation;
    const strings = this.#strings;
    const top = explanation?.prediction[0];
    if (!explanation || !strings || !top) {
      return;
    }
    setParts(this.#headline, [
      element("bdi", { text: top.label }),
      ` ${formatOutput(top)}`,
      ...maskedWords(explanation, strings),
    ]);
    const { prediction, target } = explanation;
    // The headline has the only number already.
    this.#classes.hidden = target.kind === "number" && prediction.length === 1;
    const rest = prediction.length > classesShown + 1 ? prediction.slice(classesShown) : [];
    const shown = this.#allClasses || rest.length === 0 ? prediction : prediction.slice(0, classesShown);
    const rows = shown.map(classRow);
    if (rest.length > 0 && !this.#allClasses) {
      rows.push(restRow(rest, strings));
    }
    const [caption, columns] =
      target.kind === "number"
        ? [strings.outputs, [strings.outputLabel, strings.number]]
        : [strings.classes, [strings.classLabel, "", strings.probability, strings.logit]];
    const head = element(
      "tr",
      {},
      ...columns.map((text) => (text === "" ? element("td") : element("th", { text, attributes: { scope: "col" } }))),
    );
    this.#classes.replaceChildren(
      element("caption", { class: "unseen", text: caption }),
      element("thead", { class: "unseen" }, head),
      element("tbody", {}, ...rows),
    );
    this.#more.hidden = rest.length === 0;
    setText(this.#more, this.#allClasses ? strings.showFewer : fill(strings.showOthers, rest.length));
  }
}

/** What the headline says of masked tokens. */
function maskedWords({ masked }: Explanation, strings: PanelStrings): HTMLElement[] {
  if (masked.length === 0) {
    return [];
  }
  const words = masked.length === 1 ? strings.oneTokenMasked : fill(strings.tokensMasked, masked.length);
  return [element("span", { class: "small dim", text: ` · ${words}` })];
}

function classRow(score: ClassScore): HTMLTableRowElement {
  const name = element("th", { text: score.label, class: "name", attributes: { scope: "row", dir: "auto" } });
  const said = element("td", { class: "number", text: formatOutput(score) });
  return score.probability === null
    ? element("tr", {}, name, said)
    : element(
        "tr",
        {},
        name,
        barCell(score.probability),
        said,
        element("td", { class: "number dim small", text: formatLogit(score.logit) }),
      );
}

function barCell(probability: number): HTMLTableCellElement {
  const bar = element("div", { class: "fill" });
  bar.style.width = `${probability * 100}%`;
  return element("td", { class: "bar" }, element("div", { class: "track" }, bar));
}

function restRow(rest: readonly ClassScore[], strings: PanelStrings): HTMLTableRowElement {
  const probability = rest.reduce((total, { probability: share }) => total + (share ?? 0), 0);
  const isNumber = rest.some((score) => score.probability === null);
  return element(
    "tr",
    { class: "dim" },
    element("th", { text: fill(strings.others, rest.length), class: "name", attributes: { scope: "row" } }),
    ...(isNumber
      ? []
      : [barCell(probability), element("td", { class: "number", text: formatPercent(probability) }), element("td")]),
  );
}

/** Model, file, method and how it went, as the parts of one line. */
export function metaLine(
  { model, seed, milliseconds }: Explanation,
  attribution: Attribution | undefined,
  strings: PanelStrings,
): string[] {
  const parts = [model.id, model.file].map(cleanName);
  if (attribution) {
    const { method, evaluations, converged, quality, partial } = attribution;
    parts.push(methodInfo(method).label);
    parts.push(evaluations === 1 ? strings.oneEvaluation : fill(strings.evaluations, evaluations));
    if (partial) {
      parts.push(strings.preliminary);
    } else if (isUnfinished(attribution)) {
      parts.push(strings.estimated);
    } else if (converged !== null) {
      parts.push(
        converged ? (methodInfo(method).estimates ? strings.complete : strings.converged) : strings.stoppedAtLimit,
      );
    }
    if (attribution.specials.length > 0) {
      parts.push(fill(strings.special, specialTotal(attribution).toFixed(3).replace("-", "−")));
    }
    if (quality.r2 !== undefined) {
      parts.push(fill(fitsPoorly(attribution) ? strings.fitIsPoor : strings.fit, formatFit(quality.r2)));
    }
  }
  parts.push(fill(strings.seed, seed), formatDuration(milliseconds));
  return parts;
}

/** Banners over everything else: an error, edited text, work going on. */
export class StatusView {
  readonly element = element("div", { class: "status", attributes: { "aria-live": "polite" } });
  readonly #error = element("div", { class: "banner error" });
  readonly #errorText = element("span", { attributes: { role: "alert" } });
  readonly #tryAgain: HTMLElement;
  readonly #stale = element("div", { class: "banner stale" });
  readonly #staleText = element("span");
  readonly #again: HTMLElement;
  readonly #progress = element("div", { class: "banner progress" });
  readonly #progressText = element("span", { class: "numbers", attributes: { "aria-live": "off" } });
  readonly #track = element("div", { class: "track", attributes: { role: "progressbar" } });
  readonly #fill = element("div", { class: "fill" });
  readonly #cancel: HTMLElement;
  #explanation: Explanation | null = null;

  constructor(host: HostConnection) {
    this.#tryAgain = pushButton(false, () => host.tell("tryAgain", null));
    this.#again = pushButton(false, () => explainAgain(host, this.#explanation));
    this.#cancel = pushButton(true, () => host.tell("cancel", null));
    this.#error.append(this.#errorText, this.#tryAgain);
    this.#stale.append(this.#staleText, this.#again);
    this.#track.append(this.#fill);
    this.#progress.append(this.#progressText, this.#track, this.#cancel);
    this.element.append(this.#error, this.#stale, this.#progress);
  }

  update({ strings, state }: Snapshot): void {
    this.#explanation = state?.explanation ?? null;
    const error = state?.error ?? null;
    this.#error.hidden = error === null;
    setText(this.#errorText, error ? sentence(error.message) : "");
    this.#tryAgain.hidden = !state?.canTryAgain;
    setText(this.#tryAgain, strings.tryAgain);
    this.#stale.hidden = !state?.stale || state.progress !== null;
    setText(this.#staleText, strings.stale);
    setText(this.#again, strings.explainAgain);
    setText(this.#cancel, strings.cancel);
    this.#progress.hidden = !state?.progress;
    this.#showProgress(state?.progress ?? null, strings);
  }

  #showProgress(progress: PanelState["progress"], strings: PanelStrings): void {
    if (!progress) {
      return;
    }
    const { phase, done, total, remainingMilliseconds } = progress;
    const name =
      phase === "loading"
        ? strings.loadingModel
        : phase === "predicting"
          ? strings.predicting
          : methodInfo(phase).label;
    const part = fill(strings.predictingPart, Math.min(done + 1, total), total);
    const steps = phase === "predicting" ? part : fill(strings.progressOf, name, formatCount(done), formatCount(total));
    const count = total > 1 && phase !== "loading" ? steps : name;
    const left = remainingMilliseconds === null ? [] : [fill(strings.remaining, formatDuration(remainingMilliseconds))];
    setText(this.#progressText, [count, ...left].join(" · "));
    this.#track.setAttribute("aria-label", name);
    this.#track.setAttribute("aria-valuemax", "100");
    this.#track.hidden = total === 0;
    const percent = total > 0 ? Math.min(100, Math.round((done / total) * 100)) : 0;
    this.#track.setAttribute("aria-valuenow", String(percent));
    this.#fill.style.width = `${percent}%`;
  }
}
