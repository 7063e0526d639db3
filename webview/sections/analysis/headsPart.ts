import { ExplainError } from "../../../src/common/errors";
import type { Explanation } from "../../../src/common/explanation";
import type { AttentionProfile } from "../../../src/common/look";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { averageProfile, layerMeans, profileLayers } from "../../../src/common/profileMean";
import { fill } from "../../../src/common/words";
import { attentionKey } from "../../attentionKey";
import { Segmented } from "../../controls";
import { element, setAttribute, setText } from "../../dom";
import { Pulled } from "../../pulled";
import { tintedTable } from "../../tintedTable";
import { sentence } from "../../words";
import type { SectionContext } from "../section";
import { type AnalysisView, type HeadFigure, headFigureKinds, wholePercent } from "./headFigureKinds";
import { LayerCurves } from "./layerCurves";

/** How all heads look at the text: a figure of each, and how attention falls off with distance and over how large weights it is spread. */
export class HeadsPart {
  readonly element = element("div", { class: "profile" });
  readonly #context: SectionContext<AnalysisView>;
  readonly #profile: Pulled<AttentionProfile>;
  readonly #problem = element("p", { class: "problem", attributes: { role: "status" } });
  readonly #loading = element("p", { class: "small dim loading" });
  readonly #body: HTMLElement;
  readonly #title = element("h2");
  readonly #figure: Segmented<HeadFigure>;
  readonly #help = element("p", { class: "small dim" });
  readonly #grid = element("div");
  readonly #curves = new LayerCurves();
  readonly #weightsTitle = element("h2");
  readonly #weightsHelp = element("p", { class: "small dim" });
  readonly #weights = element("div");
  #drawn: { readonly profile: AttentionProfile; readonly key: string } | null = null;

  constructor(context: SectionContext<AnalysisView>, onChange: () => void) {
    this.#context = context;
    this.#figure = new Segmented((figure) => context.view.set({ figure }));
    this.#profile = new Pulled<AttentionProfile>(2, {
      busy: (isBusy) => setAttribute(this.element, "aria-busy", isBusy ? "true" : null),
      loaded: () => {
        this.#problem.hidden = true;
        onChange();
      },
      failed: (error) => {
        // What was pulled for another text is asked for again when its text is looked at.
        this.#problem.hidden = error.reason === "cancelled";
        setText(this.#problem, sentence(error.text));
      },
    });
    this.#body = element(
      "div",
      { class: "profile-columns" },
      element(
        "div",
        {},
        element(
          "section",
          { class: "all-heads" },
          element("div", { class: "bar-of-controls" }, this.#title, this.#figure.element),
          this.#grid,
          this.#help,
        ),
        element("section", {}, this.#weightsTitle, this.#weights, this.#weightsHelp),
      ),
      this.#curves.element,
    );
    this.element.append(this.#problem, this.#loading, this.#body);
    this.#problem.hidden = true;
  }

  update(explanation: Explanation, strings: PanelStrings): void {
    this.#profile.ask(attentionKey(explanation), () => this.#pull(explanation));
    const profile = this.#profile.value;
    this.#loading.hidden = profile !== null || !this.#problem.hidden;
    setText(this.#loading, strings.loadingHeads);
    this.#show(profile, strings);
  }

  /** Draws how they look at other texts than the one that is shown. */
  show(profile: AttentionProfile, strings: PanelStrings): void {
    this.#problem.hidden = true;
    this.#loading.hidden = true;
    this.#show(profile, strings);
  }

  #show(profile: AttentionProfile | null, strings: PanelStrings): void {
    this.#body.hidden = profile === null;
    const { figure } = this.#context.view.value;
    const key = `${figure} ${strings.profileTitle}`;
    if (profile && (this.#drawn?.profile !== profile || this.#drawn.key !== key)) {
      this.#drawn = { profile, key };
      this.#draw(profile, figure, strings);
    }
  }

  repaint(): void {
    this.#curves.repaint();
  }

  /** The mean over the windows of the text; the host knows but the text that is shown, so that it ends when that is another. */
  async #pull(explanation: Explanation): Promise<AttentionProfile> {
    const { host, store } = this.#context;
    const key = attentionKey(explanation);
    const profiles: AttentionProfile[] = [];
    for (let window = 0; window < Math.max(1, explanation.windows.length); window++) {
      profiles.push(await host.look(window, { kind: "profile" }));
      const shown = store.snapshot.explanation;
      if (!shown || attentionKey(shown) !== key) {
        throw new ExplainError("cancelled", "Another text is shown.");
      }
    }
    return averageProfile(profiles);
  }

  #draw(profile: AttentionProfile, figure: HeadFigure, strings: PanelStrings): void {
    const { help, value, words } = headFigureKinds[figure];
    const options = Object.entries(headFigureKinds) as [HeadFigure, (typeof headFigureKinds)[HeadFigure]][];
    setText(this.#title, strings.profileTitle);
    this.#figure.update(
      strings.figure,
      options.map(([id, { name }]) => ({ value: id, label: name(strings) })),
      figure,
    );
    setText(this.#help, fill(strings.profileCaption, help(strings)));
    const layers = profileLayers(profile.heads);
    this.#grid.replaceChildren(
      tintedTable({
        caption: strings.profileTitle,
        corner: strings.layer,
        columns: (layers[0] ?? []).map(({ head }) => String(head + 1)),
        rows: layers.map((heads, layer) => ({
          name: String(layer + 1),
          cells: heads.map((one) => ({ value: value(one), words: words(one) })),
        })),
      }),
    );
    this.#curves.update(profile, strings);
    setText(this.#weightsTitle, strings.weightsTitle);
    setText(this.#weightsHelp, strings.weightsHelp);
    this.#weights.replaceChildren(
      tintedTable({
        caption: strings.weightsTitle,
        corner: strings.layer,
        columns: profile.weights.map((from) => fill(strings.stepFrom, `${100 * from} %`)),
        rows: layerMeans(profile, ({ byWeight }) => byWeight).map((means, layer) => ({
          name: String(layer + 1),
          cells: means.map((mean) => ({ value: mean, words: wholePercent(mean) })),
        })),
      }),
    );
  }
}
