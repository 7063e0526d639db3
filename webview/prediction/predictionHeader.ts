import { canBeMoreExact, doubtsOf } from "../../src/common/doubts";
import type { Attribution, Explanation } from "../../src/common/explanation";
import type { PanelStatus } from "../../src/common/panelProtocol";
import type { PanelStrings } from "../../src/common/panelStrings";
import type { PredictionKind } from "../../src/common/prediction/registry";
import { linkButton } from "../controls";
import { element, setParts, setText } from "../dom";
import { savePicture } from "../drawnPicture";
import { MenuButton, type MenuItem } from "../menuButton";
import type { HostConnection } from "../messages";
import { shownAttribution } from "../shownAttribution";
import type { Snapshot } from "../store";
import { sentence } from "../words";
import { BesideField } from "./besideField";
import { metaLine } from "./metaLine";
import type { PredictionView } from "./prediction";
import { predictionDrawings } from "./registry";

/** What is drawn here and not written by the host. */
const picture: MenuItem = { id: "png", label: "PNG" };

/** The top of the panel: what the model says, why rather than what, how it was found, and what to believe. */
export class PredictionHeader {
  readonly element = element("header", { class: "prediction" });
  readonly #host: HostConnection;
  readonly #doubt = element("p", { class: "doubt" });
  readonly #predictions = new Map<PredictionKind, PredictionView>();
  readonly #meta = element("p", { class: "small dim meta" });
  readonly #remarks = element("ul", { class: "remarks small" });
  readonly #beside: BesideField;
  readonly #exactly: HTMLElement;
  readonly #source = element("p", { class: "source" });
  readonly #copy: MenuButton;
  readonly #export: MenuButton;
  #formats: readonly MenuItem[] = [];
  readonly #reading = element("p", { class: "small dim reading" });
  readonly #useRaw: HTMLElement;

  constructor(host: HostConnection) {
    this.#host = host;
    this.#beside = new BesideField(host);
    this.#exactly = linkButton(() => host.tell("explainMoreExactly", null));
    this.#useRaw = linkButton(() => host.tell("useRawText", null));
    this.#copy = new MenuButton((format) => host.tell("export", { format, to: "clipboard" }));
    this.#export = new MenuButton((format) => {
      if (format === picture.id) {
        savePicture(host).catch(() => undefined);
      } else {
        host.tell("export", { format, to: "file" });
      }
    });
    const place = element("div", { class: "small dim place" }, this.#source, this.#copy.element, this.#export.element);
    this.element.append(
      this.#doubt,
      this.#beside.element,
      this.#meta,
      this.#remarks,
      this.#exactly,
      place,
      this.#reading,
    );
  }

  /** Takes what an explanation can be copied and exported as. */
  setFormats(formats: readonly MenuItem[]): void {
    this.#formats = formats;
  }

  update(snapshot: Snapshot): void {
    const { strings, explanation, status } = snapshot;
    this.element.hidden = explanation === null;
    if (!explanation) {
      return;
    }
    const attribution = shownAttribution(explanation, snapshot);
    this.#drawPrediction(explanation, strings);
    this.#beside.update(status?.beside ?? null, strings);
    setText(this.#source, status?.source ?? "");
    this.#drawReading(status?.reading ?? null, strings);
    this.#drawDoubts(explanation, attribution, strings);
    this.#drawExactly(attribution, status, strings);
    this.#drawMenus(strings);
  }

  /** What is finished can be taken along during a run too. */
  #drawMenus({ copyAs, exportAs }: PanelStrings): void {
    this.#copy.update(copyAs, this.#formats);
    this.#export.update(exportAs, [...this.#formats, picture]);
    for (const { element: menu } of [this.#copy, this.#export]) {
      menu.hidden = this.#formats.length === 0;
    }
  }

  #drawPrediction(explanation: Explanation, strings: PanelStrings): void {
    const { kind } = explanation.prediction;
    const drawn = this.#predictions.get(kind) ?? this.#makePrediction(kind);
    for (const [other, prediction] of this.#predictions) {
      prediction.element.hidden = other !== kind;
    }
    drawn.update(explanation, strings);
  }

  #makePrediction(kind: PredictionKind): PredictionView {
    const made = predictionDrawings[kind].make(this.#host);
    this.#predictions.set(kind, made);
    this.#doubt.after(made.element);
    return made;
  }

  #drawDoubts(explanation: Explanation, attribution: Attribution | undefined, strings: PanelStrings): void {
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
  }

  #drawExactly(attribution: Attribution | undefined, status: PanelStatus | null, strings: PanelStrings): void {
    setText(this.#exactly, strings.explainMoreExactly);
    this.#exactly.hidden =
      !attribution || !canBeMoreExact(attribution) || status?.stale === true || status?.progress !== null;
  }

  /** What was read of the document, and the way back to the text as it stands there. */
  #drawReading(reading: string | null, { useRawText }: PanelStrings): void {
    this.#reading.hidden = reading === null;
    setText(this.#useRaw, useRawText);
    setParts(this.#reading, reading === null ? [] : [reading, " ", this.#useRaw]);
  }
}
