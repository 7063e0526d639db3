import { fieldsOf, taken } from "../../../src/common/checks";
import { colourSign } from "../../../src/common/classColours";
import type { Received } from "../../../src/common/colourScale";
import type { Attribution, Explanation, UnitKind } from "../../../src/common/explanation";
import { type MethodId, methodInfo } from "../../../src/common/method";
import type { Place } from "../../../src/common/panelProtocol";
import type { PanelStrings } from "../../../src/common/panelStrings";
import {
  isUnitKind,
  type ScoredUnit,
  scoredUnits,
  shownUnits,
  unitBuckets,
  unitOfToken,
} from "../../../src/common/scoredUnits";
import { linkButton } from "../../controls";
import { element, setText, visibleText } from "../../dom";
import { highlighter } from "../../highlighter";
import { shownAttribution } from "../../shownAttribution";
import type { Snapshot } from "../../store";
import { type SectionContext, type SectionView, section } from "../section";
import { ContributionBars } from "./contributionBars";
import { contributionsTitle } from "./contributionsTitle";
import { legend } from "./legend";
import { MaskedByHand } from "./maskedByHand";
import { MaskTrial } from "./maskTrial";
import { PairArcs } from "./pairArcs";
import { PhraseTree } from "./phraseTree";
import { PlaceMatrix } from "./placeMatrix";
import { isSumPicture, SumLine, type SumPicture } from "./sumLine";
import { TextControls } from "./textControls";
import { TokenText } from "./tokenText";
import { unitDetails } from "./unitDetails";

/** What the person chose to see of the tokens. */
interface TokensView {
  /** Per what scores are added up. */
  readonly units: UnitKind;
  readonly sum: SumPicture;
}

/** What is on view, for what is drawn between two updates. */
interface Drawn {
  readonly explanation: Explanation;
  readonly snapshot: Snapshot;
  readonly view: TokensView;
}

/** The coloured text, sorted contributions, their sum, and masking by hand. */
export const tokensSection = section<TokensView>({
  id: "tokens",
  title: (strings) => strings.tokens,
  restore: (kept) => {
    const { units, sum } = fieldsOf(kept);
    return { units: taken(units, isUnitKind, "token"), sum: taken(sum, isSumPicture, "total") };
  },
  make: (context) => new TokensSection(context),
});

class TokensSection implements SectionView {
  readonly element = element("div", { class: "tokens-view" });
  readonly #context: SectionContext<TokensView>;
  readonly #title = element("h2");
  readonly #controls: TextControls;
  readonly #text = new TokenText({
    point: (unit) => this.#point(unit),
    settle: (unit) => {
      this.#settled = unit;
      this.#point(unit);
    },
    toggle: (unit) => this.#mask(() => this.#masked.toggle(this.#shown[unit]?.tokens ?? [])),
  });
  readonly #legend = element("p", { class: "legend small dim" });
  readonly #details = element("p", { class: "details numbers small" });
  readonly #reveal = linkButton(() => this.#revealPointed());
  readonly #bars = new ContributionBars((unit) => this.#point(unit));
  readonly #places: PlaceMatrix;
  readonly #pairs = new PairArcs((tokens) => this.#highlight(tokens));
  readonly #sum: SumLine;
  readonly #phrases = new PhraseTree();
  readonly #trial: MaskTrial;
  readonly #masked = new MaskedByHand();
  readonly #highlight: (tokens: readonly number[]) => void;
  #drawn: Drawn | null = null;
  #shown: readonly ScoredUnit[] = [];
  #pointed: number | null = null;
  /** Whose numbers stand when the pointer is nowhere. */
  #settled: number | null = null;

  constructor(context: SectionContext<TokensView>) {
    const { host, view } = context;
    this.#context = context;
    this.#controls = new TextControls(
      (method) => this.#choose(method),
      (units) => view.set({ units }),
    );
    this.#sum = new SumLine((sum) => view.set({ sum }));
    this.#trial = new MaskTrial(host, () => this.#mask(() => this.#masked.clear()));
    this.#places = new PlaceMatrix(host);
    this.#highlight = highlighter(host);
    const text = element(
      "section",
      {},
      element("div", { class: "bar-of-controls" }, this.#title, this.#controls.element),
      this.#text.element,
      this.#legend,
      element("div", { class: "details-line" }, this.#details, this.#reveal),
    );
    const columns = element("div", { class: "columns" }, this.#bars.element, this.#sum.element);
    this.element.append(
      text,
      this.#trial.element,
      this.#places.element,
      this.#pairs.element,
      columns,
      this.#phrases.element,
    );
  }

  update(explanation: Explanation, snapshot: Snapshot): void {
    const before = this.#drawn;
    const view = this.#context.view.value;
    this.#drawn = { explanation, snapshot, view };
    this.#masked.keep(explanation);
    const same =
      before?.explanation === explanation &&
      before.view === view &&
      before.snapshot.view === snapshot.view &&
      classesOf(before.snapshot) === classesOf(snapshot);
    this.#draw(this.#drawn, !same);
  }

  show(place: Place): boolean {
    if (!("token" in place)) {
      return false;
    }
    this.#context.open();
    const unit = unitOfToken(this.#shown, place.token);
    if (unit >= 0) {
      this.#text.focus(unit);
    }
    return true;
  }

  #choose(method: MethodId): void {
    this.#context.host.tell("chooseMethod", { method });
    this.#context.store.setView({ method });
  }

  #draw({ explanation, snapshot, view }: Drawn, changed: boolean): void {
    const { strings, status } = snapshot;
    const attribution = shownAttribution(explanation, snapshot);
    const kind = shownUnits(attribution, view.units);
    const scores = attribution ? methodInfo(attribution.method).scores : "signed";
    if (changed) {
      this.#shown = scoredUnits(explanation, attribution, kind);
      this.#pointed = null;
      this.#settled = null;
    }
    const classes = status?.classColours ?? null;
    const sign = colourSign(explanation, classes);
    const attention = attentionAttribution(explanation, kind);
    setText(this.#title, strings.asTheModelReadIt);
    const run = explanation.attributions.map(({ method }) => method);
    this.#controls.update([...new Set([...(status?.methods ?? []), ...run])], attribution, kind, strings);
    this.#text.update({
      explanation,
      kind,
      units: this.#shown,
      scores,
      buckets: attribution ? colours(unitBuckets(this.#shown, attribution), scores === "signed" ? sign : 1) : [],
      attention: attention ? received(explanation, attention, kind) : null,
      masked: this.#masked.tokens,
      strings,
    });
    this.#legend.replaceChildren(...legend({ explanation, scores, classes, attention }, strings));
    this.#drawDetails(explanation, attribution, strings);
    if (changed) {
      this.#bars.update(contributionsTitle(explanation, attribution, strings), this.#shown, scores, sign, strings);
      this.#places.update(explanation, attribution, strings);
      this.#pairs.update(explanation, attribution, sign, strings);
      this.#sum.update({ attribution, units: this.#shown, sign, picture: view.sum }, strings);
      this.#phrases.update(explanation, attribution, sign, strings);
    }
    this.#trial.update(explanation, this.#shown, this.#masked.tokens, strings);
  }

  #drawDetails(explanation: Explanation, attribution: Attribution | undefined, strings: PanelStrings): void {
    const unit = this.#pointed === null ? undefined : this.#shown[this.#pointed];
    setText(this.#reveal, strings.showInEditor);
    this.#reveal.hidden = unit === undefined;
    if (!unit || this.#pointed === null) {
      this.#details.replaceChildren(element("span", { class: "dim", text: strings.pointAtText }));
      return;
    }
    const facts = unitDetails(explanation, attribution, this.#shown, this.#pointed, strings);
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
    if (next !== this.#pointed && this.#drawn) {
      this.#pointed = next;
      const { explanation, snapshot } = this.#drawn;
      this.#drawDetails(explanation, shownAttribution(explanation, snapshot), snapshot.strings);
    }
  }

  #revealPointed(): void {
    const token = this.#pointed === null ? undefined : this.#shown[this.#pointed]?.tokens[0];
    if (token !== undefined) {
      this.#context.host.tell("reveal", { token });
    }
  }

  #mask(change: () => void): void {
    change();
    if (this.#drawn) {
      this.#draw(this.#drawn, false);
    }
  }
}

/** The colours of units as hues, which may stand for classes the other way round. */
function colours(buckets: readonly number[], sign: 1 | -1): number[] {
  return buckets.map((bucket) => sign * bucket);
}

function classesOf({ status }: Snapshot): string | undefined {
  return status?.classColours?.supports;
}

/** Whose attention is drawn as bars under units of a kind. */
function attentionAttribution({ attributions }: Explanation, kind: UnitKind): Attribution | undefined {
  return attributions.find((one) => shownUnits(one, kind) === kind && methodInfo(one.method).scores === "attention");
}

function received(explanation: Explanation, attention: Attribution, kind: UnitKind): Received[] {
  return scoredUnits(explanation, attention, kind).map(({ score, tokens }) => ({
    weight: score,
    tokens: tokens.length,
  }));
}
