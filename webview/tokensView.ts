import { type ClassColours, colourSign } from "../src/common/classColours";
import { cleanName } from "../src/common/cleanWords";
import { faintestOf, withinError } from "../src/common/colourScale";
import type { Attribution, Explanation, UnitKind } from "../src/common/explanation";
import { formatPercent, formatScore } from "../src/common/format";
import { isMethodId, type MethodId, methodInfo, type ScoreKind } from "../src/common/method";
import type { PanelStrings } from "../src/common/panelStrings";
import { measuredUnit, ranks, shares, shownUnits, type UnitScore, unitOfToken, unitScores } from "./aggregateUnits";
import { ContributionBars, shownError, type Title } from "./contributionBars";
import { Choice, linkButton, Segmented } from "./controls";
import { element, setText, throttle, visibleText } from "./dom";
import { MaskTrial } from "./maskTrial";
import type { HostConnection } from "./messages";
import { shownAttribution } from "./predictionView";
import { fill, filled, type Snapshot, type Store } from "./store";
import { SumLine } from "./sumLine";
import { TokenText } from "./tokenText";

const highlightEvery = 60;

/** Section 2: the coloured text, sorted contributions, their sum, and masking by hand. */
export class TokensView {
  readonly element = element("div", { class: "tokens-view" });
  readonly #host: HostConnection;
  readonly #title = element("h2");
  readonly #method: Choice;
  readonly #units: Segmented<UnitKind>;
  readonly #text = new TokenText({
    point: (unit) => this.#point(unit),
    settle: (unit) => {
      this.#settled = unit;
      this.#point(unit);
    },
    toggle: (unit) => this.#toggle(unit),
  });
  readonly #legend = element("p", { class: "legend small dim" });
  readonly #details = element("p", { class: "details numbers small" });
  readonly #reveal = linkButton(() => this.#revealPointed());
  readonly #bars = new ContributionBars((unit) => this.#point(unit));
  readonly #sum = new SumLine();
  readonly #trial: MaskTrial;
  readonly #highlight: (tokens: readonly number[]) => void;
  #snapshot: Snapshot | null = null;
  #shown: readonly UnitScore[] = [];
  #masked = new Set<number>();
  #maskedFor = "";
  #pointed: number | null = null;
  /** Whose numbers stand when the pointer is nowhere. */
  #settled: number | null = null;

  constructor(host: HostConnection, store: Store) {
    this.#host = host;
    this.#method = new Choice((method) => isMethodId(method) && this.#choose(method, store));
    this.#method.element.classList.add("method-choice");
    this.#units = new Segmented<UnitKind>((units) => store.setView({ units }));
    this.#trial = new MaskTrial(host, () => this.#resetMasked());
    this.#highlight = throttle(highlightEvery, (tokens) => host.tell("highlight", { tokens }));
    const text = element(
      "section",
      {},
      element(
        "div",
        { class: "bar-of-controls" },
        this.#title,
        element("div", { class: "controls" }, this.#method.element, this.#units.element),
      ),
      this.#text.element,
      this.#legend,
      element("div", { class: "details-line" }, this.#details, this.#reveal),
    );
    const columns = element("div", { class: "columns" }, this.#bars.element, this.#sum.element);
    this.element.append(text, this.#trial.element, columns);
  }

  update(snapshot: Snapshot): void {
    const explanation = snapshot.state?.explanation ?? null;
    const shown = explanation !== null && snapshot.view.section === "tokens";
    this.element.hidden = !shown;
    if (!explanation || !shown) {
      this.#snapshot = snapshot;
      return;
    }
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    this.#keepMasked(explanation);
    this.#draw(
      explanation,
      snapshot,
      before?.state?.explanation !== explanation ||
        before?.view !== snapshot.view ||
        classesOf(before) !== classesOf(snapshot),
    );
  }

  #choose(method: MethodId, store: Store): void {
    this.#host.tell("chooseMethod", { method });
    store.setView({ method });
  }

  /** Brings a token into view and focus, as asked from the hover in the editor. */
  showToken(token: number): void {
    const unit = unitOfToken(this.#shown, token);
    if (unit >= 0) {
      this.#text.focus(unit);
    }
  }

  #draw(explanation: Explanation, snapshot: Snapshot, changed: boolean): void {
    const { strings, view } = snapshot;
    const attribution = shownAttribution(explanation, snapshot);
    const kind = shownUnits(attribution, view.units);
    const scores = attribution ? methodInfo(attribution.method).scores : "signed";
    if (changed) {
      this.#shown = unitScores(explanation, attribution, kind);
      this.#pointed = null;
      this.#settled = null;
    }
    const classes = snapshot.state?.classColours ?? null;
    const sign = colourSign(explanation, classes);
    const attention = attentionAttribution(explanation, kind);
    this.#drawControls(snapshot, explanation, attribution, kind);
    this.#text.update({
      explanation,
      kind,
      units: this.#shown,
      scores,
      faintest: attribution ? faintestOf(attribution) : 0,
      sign,
      attention: attention
        ? unitScores(explanation, attention, kind).map(({ score, tokens }) => ({
            weight: score,
            tokens: tokens.length,
          }))
        : null,
      masked: this.#masked,
      strings,
    });
    this.#drawLegend(explanation, scores, classes, attention, strings);
    this.#drawDetails();
    if (changed) {
      this.#bars.update(title(explanation, attribution, strings), this.#shown, scores, sign, strings);
      this.#sum.update(attribution, sign, strings);
    }
    this.#trial.update(explanation, this.#shown, this.#masked, strings);
  }

  #drawControls(
    { state, strings }: Snapshot,
    explanation: Explanation,
    attribution: Attribution | undefined,
    kind: UnitKind,
  ): void {
    setText(this.#title, strings.asTheModelReadIt);
    const run = explanation.attributions.map(({ method }) => method);
    const options = [...new Set([...(state?.methods ?? []), ...run])].map((method) => ({
      value: method,
      label: methodInfo(method).label,
    }));
    this.#method.element.hidden = options.length < 2;
    if (attribution) {
      this.#method.update(strings.method, options, attribution.method);
    }
    const possible = (unit: UnitKind): boolean => shownUnits(attribution, unit) === unit;
    this.#units.update(
      strings.unit,
      [
        { value: "token", label: strings.unitToken, disabled: !possible("token") },
        { value: "word", label: strings.unitWord, disabled: !possible("word") },
        { value: "sentence", label: strings.unitSentence, disabled: !possible("sentence") },
      ],
      kind,
    );
  }

  #drawLegend(
    { target }: Explanation,
    scores: ScoreKind,
    classes: ClassColours | null,
    attention: Attribution | undefined,
    strings: PanelStrings,
  ): void {
    const isNumber = target.kind === "number";
    const against = isNumber
      ? filled(strings.legendLowers, target.label)
      : classes
        ? filled(strings.legendFor, classes.against)
        : [strings.legendAgainst];
    const scale =
      scores === "signed"
        ? [
            element("span", {}, ...against),
            swatches([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5], "data-bucket"),
            element(
              "span",
              {},
              ...filled(isNumber ? strings.legendRaises : strings.legendFor, classes?.supports ?? target.label),
            ),
          ]
        : [
            element("span", { text: strings.legendLittle }),
            swatches([0, 1, 2, 3, 4, 5], scores === "attention" ? "data-heat" : "data-size"),
            element("span", { text: scores === "attention" ? strings.legendAttentionMuch : strings.legendMuch }),
          ];
    const parts = [element("span", { class: "with-sample" }, ...scale)];
    if (attention) {
      const name = methodInfo(attention.method).label;
      const sample = element("span", { class: "bar-sample", attributes: { "aria-hidden": "true" } });
      parts.push(element("span", { class: "with-sample" }, sample, fill(strings.legendAttention, name)));
    }
    this.#legend.replaceChildren(...parts);
  }

  #drawDetails(): void {
    const unit = this.#pointed === null ? undefined : this.#shown[this.#pointed];
    const explanation = this.#snapshot?.state?.explanation;
    const strings = this.#snapshot?.strings;
    if (!strings || !explanation) {
      return;
    }
    setText(this.#reveal, strings.showInEditor);
    this.#reveal.hidden = unit === undefined;
    if (!unit || this.#pointed === null) {
      this.#details.replaceChildren(element("span", { class: "dim", text: strings.pointAtText }));
      return;
    }
    const facts = details(explanation, this.#snapshot, this.#shown, this.#pointed, strings);
    this.#details.replaceChildren(
      element("bdi", { class: "strong", text: visibleText(unit.text) }),
      " ",
      element("span", { class: "dim", text: facts.join(" · ") }),
    );
  }

  #point(unit: number | null): void {
    const tokens = unit === null ? [] : (this.#shown[unit]?.tokens ?? []);
    this.#highlight(tokens);
    // Numbers stay when the pointer leaves, so that the button beside them can be reached.
    const next = unit ?? this.#settled ?? this.#pointed;
    if (next !== this.#pointed) {
      this.#pointed = next;
      this.#drawDetails();
    }
  }

  #revealPointed(): void {
    const token = this.#pointed === null ? undefined : this.#shown[this.#pointed]?.tokens[0];
    if (token !== undefined) {
      this.#host.tell("reveal", { token });
    }
  }

  #toggle(unit: number): void {
    const tokens = this.#shown[unit]?.tokens ?? [];
    const masked = tokens.every((token) => this.#masked.has(token));
    for (const token of tokens) {
      if (masked) {
        this.#masked.delete(token);
      } else {
        this.#masked.add(token);
      }
    }
    this.#redraw();
  }

  #resetMasked(): void {
    this.#masked = new Set();
    this.#redraw();
  }

  #redraw(): void {
    const explanation = this.#snapshot?.state?.explanation;
    if (this.#snapshot && explanation) {
      this.#draw(explanation, this.#snapshot, false);
    }
  }

  /** What was masked by hand belongs to one reading of one text; another starts from its own. */
  #keepMasked({ text, pair, tokens, masked }: Explanation): void {
    const reading = JSON.stringify([text, pair, tokens.length, masked]);
    if (reading !== this.#maskedFor) {
      this.#maskedFor = reading;
      this.#masked = new Set(masked);
    }
  }
}

function classesOf(snapshot: Snapshot | null): string | undefined {
  return snapshot?.state?.classColours?.supports;
}

/** Whose attention is drawn as bars under units of a kind. */
function attentionAttribution({ attributions }: Explanation, kind: UnitKind): Attribution | undefined {
  return attributions.find((one) => shownUnits(one, kind) === kind && methodInfo(one.method).scores === "attention");
}

function title({ target }: Explanation, attribution: Attribution | undefined, strings: PanelStrings): Title {
  switch (attribution?.scale) {
    case "probability":
      return [strings.contributionsProbability, target.label];
    case "logit":
      return [strings.contributionsLogit, target.label];
    case "log-odds":
      return [strings.contributionsLogOdds, target.label, target.versus ?? strings.nothingElse];
    case "number":
      return [strings.contributionsNumber, target.label];
    case "attention":
      return [strings.contributionsAttention];
    default:
      return attribution && methodInfo(attribution.method).scores === "size"
        ? [strings.contributionsSize]
        : [strings.contributionsPlain];
  }
}

function swatches(buckets: readonly number[], attribute: string): HTMLElement {
  const swatch = (bucket: number): HTMLElement =>
    element("span", { class: "swatch", attributes: { [attribute]: String(bucket) } });
  return element("span", { class: "swatches", attributes: { "aria-hidden": "true" } }, ...buckets.map(swatch));
}

function details(
  explanation: Explanation,
  snapshot: Snapshot | null,
  units: readonly UnitScore[],
  index: number,
  strings: PanelStrings,
): string[] {
  const unit = units[index];
  const first = explanation.tokens[unit?.tokens[0] ?? -1];
  const last = unit?.tokens.at(-1);
  const attribution = snapshot ? shownAttribution(explanation, snapshot) : undefined;
  if (!unit || !first) {
    return [];
  }
  const parts =
    last === first.index
      ? [
          fill(strings.detailPiece, cleanName(first.piece)),
          fill(strings.detailId, first.id),
          fill(strings.detailToken, first.index),
        ]
      : [fill(strings.detailTokens, first.index, last ?? first.index)];
  if (attribution) {
    const scores = units.map(({ score }) => score);
    const info = methodInfo(attribution.method);
    const error = shownError(unit.standardError);
    const value = (info.scores === "signed" ? formatScore(unit.score) : unit.score.toFixed(3)) + (error && ` ${error}`);
    parts.push(fill(strings.detailScore, info.label, value));
    if (withinError(measuredUnit(unit))) {
      parts.push(strings.withinError);
    } else {
      parts.push(fill(strings.detailRank, ranks(scores)[index] ?? 0, units.length));
      parts.push(fill(strings.detailShare, formatPercent(shares(scores)[index] ?? 0)));
    }
  }
  return parts;
}
