import type { RunProgress } from "../src/common/engineProtocol";
import type { Explanation } from "../src/common/explanation";
import { formatDuration } from "../src/common/format";
import type { PanelStrings } from "../src/common/panelStrings";
import { fill, phaseName, phaseWords } from "../src/common/words";
import { pushButton } from "./controls";
import { element, setText } from "./dom";
import { explainAgain } from "./explainAgain";
import type { HostConnection } from "./messages";
import type { Snapshot } from "./store";
import { sentence } from "./words";

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

  update({ strings, explanation, status }: Snapshot): void {
    this.#explanation = explanation;
    const error = status?.error ?? null;
    this.#error.hidden = error === null;
    setText(this.#errorText, error ? sentence(error.message) : "");
    this.#tryAgain.hidden = !status?.canTryAgain;
    setText(this.#tryAgain, strings.tryAgain);
    this.#stale.hidden = !status?.stale || status.progress !== null;
    setText(this.#staleText, strings.stale);
    setText(this.#again, strings.explainAgain);
    setText(this.#cancel, strings.cancel);
    this.#progress.hidden = !status?.progress;
    this.#showProgress(status?.progress ?? null, strings);
  }

  #showProgress(progress: RunProgress | null, strings: PanelStrings): void {
    if (!progress) {
      return;
    }
    const { phase, done, total, remainingMilliseconds } = progress;
    const left = remainingMilliseconds === null ? [] : [fill(strings.remaining, formatDuration(remainingMilliseconds))];
    setText(this.#progressText, [phaseWords(progress, fill, strings), ...left].join(" · "));
    this.#track.setAttribute("aria-label", phaseName(phase, fill, strings));
    this.#track.setAttribute("aria-valuemax", "100");
    this.#track.hidden = total === 0;
    const percent = total > 0 ? Math.min(100, Math.round((done / total) * 100)) : 0;
    this.#track.setAttribute("aria-valuenow", String(percent));
    this.#fill.style.width = `${percent}%`;
  }
}
