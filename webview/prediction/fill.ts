import { hasSpelledBytes } from "../../src/common/byteCharacters";
import type { Explanation } from "../../src/common/explanation";
import type { PanelStrings } from "../../src/common/panelStrings";
import { standsForWord } from "../../src/common/prediction/fill";
import type { Outcome } from "../../src/common/prediction/form";
import { fill } from "../../src/common/words";
import { linkButton } from "../controls";
import { element, setText, visibleText } from "../dom";
import type { HostConnection } from "../messages";
import { forAndAgainst, probable } from "./classes";
import { type OutputsFormat, OutputsView } from "./outputs";
import type { PredictionDrawing, PredictionView } from "./prediction";

/** As other outcomes, each with a button that writes it into the text. */
function formatFor(host: HostConnection): OutputsFormat {
  const plain = probable(
    (strings) => strings.likelyWords,
    (strings) => strings.wordLabel,
  );
  const button = ({ index, label }: Outcome, strings: PanelStrings): HTMLElement => {
    if (hasSpelledBytes(label)) {
      return element("td");
    }
    const insert = linkButton(() => host.tell("insert", { outcome: index }));
    insert.textContent = strings.insert;
    insert.setAttribute("aria-label", fill(strings.insertWord, visibleText(label)));
    return element("td", { class: "small" }, insert);
  };
  return {
    ...plain,
    columns: (strings) => [...plain.columns(strings), ""],
    row: (score, strings) => [...plain.row(score, strings), button(score, strings)],
    rest: (rest) => [...plain.rest(rest), element("td")],
  };
}

/** The likeliest words for a blank, and which word of the text it stands for, where it stands for one. */
class FillView implements PredictionView {
  readonly element = element("div");
  readonly #outputs: OutputsView;
  readonly #blank = element("p", { class: "blank dim" });

  constructor(host: HostConnection) {
    this.#outputs = new OutputsView(host, formatFor(host));
    this.element.append(this.#blank, this.#outputs.element);
  }

  update(explanation: Explanation, strings: PanelStrings): void {
    const { prediction, tokens } = explanation;
    const blank = prediction.kind === "fill" ? tokens[prediction.position] : undefined;
    this.#blank.hidden = !blank || !standsForWord(blank);
    setText(this.#blank, fill(strings.inPlaceOf, visibleText(blank?.text ?? "")));
    this.#outputs.update(explanation, strings);
  }
}

/** The likeliest words for a blank: why one, rather than another. */
export const fillDrawing: PredictionDrawing = {
  make: (host) => new FillView(host),
  hues: forAndAgainst,
};
