import * as vscode from "vscode";
import type { AttentionStudy } from "../common/attentionStudy";
import { ExplainError, isAboutTheModel, throwIfCancelled } from "../common/errors";
import type { ExplainRequest } from "../common/explanation";
import type { Message } from "../common/message";
import { checkText } from "../common/textLimits";
import type { Engine } from "./engine";
import type { FileTexts } from "./fileTexts";

/** How far the study of a file's attention is, and what it has found. */
export interface FileStudy {
  /** Names the file, and the column of it, as a person would. */
  readonly source: string;
  readonly total: number;
  /** How many texts could not be studied, and why the first could not. */
  readonly failed: number;
  readonly why: Message | null;
  readonly isRunning: boolean;
  /** `null` where it is not known. */
  readonly remainingMilliseconds: number | null;
  /** Of the texts that are finished; `null` of none. */
  readonly study: AttentionStudy | null;
}

/** Studies the attention over the texts of a file, one after the other, and holds the newest study. */
export class FileStudies implements vscode.Disposable {
  readonly #engine: Pick<Engine, "explain" | "request">;
  readonly #changed = new vscode.EventEmitter<void>();
  /** Fires when the study is another or knows more. */
  readonly onDidChange = this.#changed.event;
  #current: FileStudy | null = null;
  #run: AbortController | null = null;

  constructor(engine: Pick<Engine, "explain" | "request">) {
    this.#engine = engine;
  }

  /** The newest study. */
  get current(): FileStudy | null {
    return this.#current;
  }

  dispose(): void {
    this.cancel();
    this.#changed.dispose();
  }

  /** Ends the study under way, of which everything stays that is finished. */
  cancel(): void {
    this.#run?.abort();
  }

  /**
   * Studies texts one after the other, with what other attention does to the predictions where `changed` asks for it; ends a study that is under way. A text that fails is left
   * out. Resolves when all are done or it was cancelled; rejects with what is wrong with the model.
   */
  async study({ source, texts }: FileTexts, request: Omit<ExplainRequest, "text">, changed: boolean): Promise<void> {
    this.cancel();
    const run = new AbortController();
    this.#run = run;
    const { AttentionStudies } = await import("../common/attentionStudy");
    const studies = new AttentionStudies();
    const began = Date.now();
    let failed = 0;
    let why: Message | null = null;
    const tell = (isRunning: boolean): void => {
      const study = studies.summary;
      const done = failed + (study?.texts ?? 0);
      const left = done === 0 ? null : ((Date.now() - began) / done) * (texts.length - done);
      this.#current = { source, total: texts.length, failed, why, isRunning, remainingMilliseconds: left, study };
      this.#changed.fire();
    };
    tell(true);
    try {
      for (const text of texts) {
        try {
          const found = await this.#one(text, request, changed, run.signal);
          throwIfCancelled(run.signal);
          studies.add(found);
        } catch (thrown) {
          const error = ExplainError.from(thrown);
          if (run.signal.aborted || (isAboutTheModel(error) && !studies.summary)) {
            throw error;
          }
          failed++;
          why ??= error.text;
        }
        tell(true);
      }
    } catch (error) {
      if (!run.signal.aborted) {
        throw error;
      }
    } finally {
      // A newer study has the place already.
      if (this.#run === run) {
        this.#run = null;
        tell(false);
      }
    }
  }

  async #one(
    text: string | ExplainError,
    request: Omit<ExplainRequest, "text">,
    changed: boolean,
    signal: AbortSignal,
  ) {
    if (text instanceof ExplainError) {
      throw text;
    }
    checkText(text, null);
    const explanation = await this.#engine.explain({ ...request, text }, signal);
    const { pullStudy } = await import("../engineClient/pullStudy");
    return await pullStudy(this.#engine, explanation, { changed }, signal);
  }
}
