import { formatDuration } from "../../../src/common/format";
import { leastChangeRuns, mostSearchedRuns } from "../../../src/common/look";
import type { PanelStudy } from "../../../src/common/panelProtocol";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";
import { Check, pushButton, Segmented } from "../../controls";
import { element, setParts, setText } from "../../dom";
import { filled } from "../../words";
import type { SectionContext } from "../section";
import type { AnalysisView, Subject } from "./headFigureKinds";

/** Asks for the analysis of a whole file, says how far it is, and chooses between file and text where there are both. */
export class FilePart {
  /** What is analysed, and how far. */
  readonly header = element("div", { class: "analysis-subject" });
  /** What can be asked for, with what it takes. */
  readonly asked = element("div", { class: "analysis-asked" });
  readonly #subject: Segmented<Subject>;
  readonly #source = element("p", { attributes: { role: "status" } });
  readonly #leftOut = element("p", { class: "small dim" });
  readonly #cancel: HTMLElement;
  readonly #caution = element("p", { class: "small dim caution" });
  readonly #changed: Check;
  readonly #analyse: HTMLElement;

  constructor({ host, view }: SectionContext<AnalysisView>) {
    this.#subject = new Segmented((subject) => view.set({ subject }));
    this.#cancel = pushButton(true, () => host.tell("cancel", null));
    this.#changed = new Check((changed) => view.set({ changed }));
    this.#analyse = pushButton(true, () => host.tell("analyseFile", { changed: view.value.changed }));
    this.header.append(this.#subject.element, this.#source, this.#cancel, this.#leftOut);
    this.asked.append(this.#caution, this.#changed.element, this.#analyse);
  }

  /** `hasText` says whether a text is shown that could be analysed instead. */
  update(subject: Subject, study: PanelStudy | null, hasText: boolean, changed: boolean, strings: PanelStrings): void {
    const isFile = subject === "file";
    this.#subject.element.hidden = study === null || !hasText;
    this.#subject.update(
      strings.analysed,
      [
        { value: "text", label: strings.analysedText },
        { value: "file", label: strings.analysedFile },
      ],
      subject,
    );
    this.header.hidden = study === null;
    this.#source.hidden = !isFile;
    this.#cancel.hidden = study?.isRunning !== true;
    this.#leftOut.hidden = !isFile || !study?.failed;
    setParts(this.#source, study ? sourceParts(study, strings) : []);
    setText(this.#leftOut, study?.why ? fill(strings.textsLeftOut, study.failed, study.why) : "");
    setText(this.#cancel, strings.cancel);
    this.#caution.hidden = isFile;
    setText(this.#caution, strings.oneTextSaysLittle);
    this.#changed.update(fill(strings.changeAttention, leastChangeRuns, leastChangeRuns + mostSearchedRuns), changed);
    setText(this.#analyse, strings.analyseFile);
    this.#analyse.hidden = study?.isRunning === true;
  }
}

function sourceParts(
  { source, total, failed, study, isRunning, remainingMilliseconds }: PanelStudy,
  strings: PanelStrings,
): (string | HTMLElement)[] {
  const done = (study?.texts ?? 0) + failed;
  const words = done < total ? fill(strings.textsDone, done, total) : fill(strings.textsAll, total);
  const left = isRunning && remainingMilliseconds !== null;
  return [
    ...filled("{0} · ", source),
    words,
    ...(left ? [" · ", fill(strings.remaining, formatDuration(remainingMilliseconds))] : []),
    ...(!isRunning && done < total ? [" · ", strings.analysisStopped] : []),
  ];
}
