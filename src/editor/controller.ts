import type * as vscode from "vscode";
import type { ExplainProgress } from "../common/engineProtocol";
import { ExplainError } from "../common/errors";
import { attributionOf, type ExplainRequest, type Explanation } from "../common/explanation";
import { unmeasured, withAttributions, withMeasures } from "../common/extended";
import type { MeasureId } from "../common/measure";
import { message } from "../common/message";
import type { MethodId } from "../common/method";
import type { ModelReference } from "../common/model";
import { defaultOptions, moreExactOptions } from "../common/options";
import type { Engine } from "./engine";
import { type Explained, isStale, type TextPlace } from "./explained";
import { Explanations } from "./explanations";
import type { ModelOf } from "./modelChoice";
import { openDocument } from "./openDocuments";
import { type AskedBeside, placesNow, readStretch, type Selected } from "./selection";
import type { Settings } from "./settings";
import { hasWholeBefore, writtenSoFar } from "./writtenSoFar";

/** What to explain in a document; `options` go before the settings, except that `methods` are added to those of the settings. */
export interface Asked extends Selected {
  /** Where the second text stands, if it stands in a document. */
  readonly second?: TextPlace | null;
  readonly options?: Partial<Pick<ExplainRequest, "target" | "versus" | "position" | "masked" | keyof AskedBeside>> &
    Partial<Pick<ExplainRequest, "methods" | "effort" | "generate">>;
}

const starting = { phase: "loading", done: 0, total: 0, remainingMilliseconds: null } as const;
const stopped = message("The run was cancelled: only what it had finished by then is shown.");

/** What the controller needs from its surroundings. */
export interface ControllerParts {
  readonly engine: Engine;
  readonly settings: () => Settings;
  readonly model: ModelOf;
  readonly onError: (error: ExplainError) => void;
  readonly log: (line: string) => void;
}

/**
 * Runs explanations, one at a time, and holds them all. A new one hides those it overlaps from its first result on
 * and replaces them when it is complete; until then, cancelling it leaves what was there before.
 */
export class Controller extends Explanations {
  readonly #parts: ControllerParts;
  #queue: Promise<void> = Promise.resolve();
  /** How often everything was cancelled: what waits since before must not begin. */
  #cancelled = 0;

  constructor(parts: ControllerParts) {
    super();
    this.#parts = parts;
  }

  /** Explains stretches of one document, one after the other; resolves when all have ended, however they end, and where there is no model to ask. */
  async explain(document: vscode.TextDocument, asked: readonly Asked[]): Promise<void> {
    let model: ModelReference;
    try {
      // What is known at once is taken at once, so that who cancels now cancels this too.
      const found = this.#parts.model(document);
      model = found instanceof Promise ? await found : found;
    } catch (error) {
      return this.#parts.onError(ExplainError.from(error));
    }
    const added = asked.map((one) => this.add(document, one, this.#request(one, model)));
    this.announce();
    await Promise.all(
      added.map((explained) => {
        this.#queue = this.#queue.then(() => this.#run(explained));
        return this.#queue;
      }),
    );
  }

  /** Explains what stands in an explained range now, with its own options or others. */
  async again(explained: Explained, options?: Asked["options"]): Promise<void> {
    const document = openDocument(explained.uri);
    const { target, versus, position, masked } = explained.request;
    const places = document && (await this.#reading(() => placesNow(explained, document, this.#parts.engine)));
    if (document && places) {
      const { first, second, beside } = places;
      const chosen = options ?? { target, versus, position, masked: isStale(explained) ? [] : masked };
      // A second text that was written instead stands in no document.
      const other = options?.pair === undefined ? second : null;
      await this.explain(document, [{ ...first, second: other, options: { ...beside, ...chosen } }]);
    }
  }

  /** Runs further methods on an explained text, one after the other, beside those it has, which stay whatever becomes of them; resolves when all have ended. */
  async addMethods(explained: Explained, methods: readonly MethodId[]): Promise<void> {
    await Promise.all(methods.map((method) => this.#queued(explained, () => this.#addMethod(explained, method))));
  }

  /** Measures all methods of an explained text of which none of these measures is known. */
  async measure(explained: Explained, measures: readonly MeasureId[]): Promise<void> {
    await this.#queued(explained, () => this.#measure(explained, measures));
  }

  /** Explains a text again with four times the effort it was explained with. */
  async moreExactly(explained: Explained): Promise<void> {
    const { target, versus, position, masked } = explained.request;
    await this.again(explained, {
      target,
      versus,
      position,
      masked,
      effort: moreExactOptions(explained.request, 4).effort,
    });
  }

  /** Explains the stretch of an explained text as it stands in the document, with its marks. */
  async useRawText(explained: Explained): Promise<void> {
    const document = openDocument(explained.uri);
    if (document) {
      const { start, end } = explained.tracked;
      const { pair, task, zeroShot } = explained.request;
      const second = explained.second && { ...explained.second };
      const found = await this.#reading(() => readStretch(document, { start, end }, this.#parts.engine, true));
      await this.explain(document, found?.map((one) => ({ ...one, second, options: { pair, task, zeroShot } })) ?? []);
    }
  }

  /** Cancels every run. What one has finished or written stays, unless there is a whole explanation of the same text to go back to. */
  cancel(keepsWritten = true): void {
    this.#cancelled++;
    for (const explained of this.running) {
      const { explanation, before } = explained;
      const whole = hasWholeBefore(this.all, explained);
      if (explanation && !before && !whole) {
        explained.run?.abort();
        this.#complete(explained, { ...explanation, warnings: [stopped, ...explanation.warnings] });
      } else {
        const written = keepsWritten && !before && !whole ? writtenSoFar(explained) : null;
        this.stop(explained);
        void (written && this.explain(written.document, [written.asked]));
      }
    }
  }

  override dispose(): void {
    this.cancel(false);
    super.dispose();
  }

  /** What is read of documents; nothing where it cannot be, which is said. */
  async #reading<T>(read: () => Promise<T>): Promise<T | null> {
    try {
      return await read();
    } catch (error) {
      this.#parts.onError(ExplainError.from(error));
      return null;
    }
  }

  #request({ read, options: own }: Asked, model: ModelReference): ExplainRequest {
    const settings = this.#parts.settings();
    const { methods = [], effort = settings.options.effort, ...question } = own ?? {};
    const options = moreExactOptions(settings.options, effort / settings.options.effort);
    return {
      ...defaultOptions,
      ...options,
      ...question,
      text: read.text,
      model,
      methods: [...new Set([...options.methods, ...methods])],
      effort,
    };
  }

  async #run(explained: Explained): Promise<void> {
    const signal = explained.run?.signal;
    if (!signal || signal.aborted) {
      return;
    }
    explained.progress = starting;
    this.announce();
    try {
      const result = await this.#parts.engine.explain(explained.request, signal, (progress) =>
        this.#advance(explained, signal, progress),
      );
      if (!signal.aborted) {
        this.#complete(explained, result);
      }
    } catch (thrown) {
      if (signal.aborted) {
        // Whoever aborted it has decided what stays.
        return;
      }
      const error = ExplainError.from(thrown);
      if (error.reason === "cancelled") {
        this.drop(explained);
      } else {
        this.fail(explained);
        this.#tell(error);
      }
    }
  }

  #advance(explained: Explained, signal: AbortSignal, progress: ExplainProgress): void {
    if (signal.aborted) {
      return;
    }
    const { partial, ...rest } = progress;
    const { before } = explained;
    explained.progress = rest;
    if (partial) {
      this.show(explained, before ? withAttributions(before, partial) : partial);
    }
    this.announce();
  }

  /** Lets work on an explanation wait for its turn, which does not come where everything is cancelled before. */
  async #queued(explained: Explained, work: () => Promise<void>): Promise<void> {
    const cancelled = this.#cancelled;
    this.#queue = this.#queue.then(async () => {
      if (cancelled === this.#cancelled && this.all.includes(explained) && explained.explanation && !explained.run) {
        await work();
      }
    });
    await this.#queue;
  }

  async #addMethod(explained: Explained, method: MethodId): Promise<void> {
    if (explained.explanation && attributionOf(explained.explanation, method)) {
      return;
    }
    explained.refused.delete(method);
    const request = { ...explained.request, methods: [method], choose: "given", measures: [] } as const;
    const refused = await this.#extend(explained, async (before, signal, onProgress) =>
      withAttributions(before, await this.#parts.engine.explain(request, signal, onProgress)),
    );
    if (refused && refused.reason !== "cancelled") {
      explained.refused.set(method, refused.text);
      this.announce();
    }
  }

  async #measure(explained: Explained, measures: readonly MeasureId[]): Promise<void> {
    await this.#extend(explained, async (before, signal, onProgress) => {
      const request = { ...explained.request, measures };
      return withMeasures(
        before,
        await this.#parts.engine.measure(request, unmeasured(before, measures), signal, onProgress),
      );
    });
  }

  /** Runs something that adds to an explanation; returns why it failed, which is said. */
  async #extend(
    explained: Explained,
    work: (
      before: Explanation,
      signal: AbortSignal,
      onProgress: (progress: ExplainProgress) => void,
    ) => Promise<Explanation>,
  ): Promise<ExplainError | null> {
    const before = explained.explanation;
    if (!before) {
      return null;
    }
    const run = new AbortController();
    const { signal } = run;
    explained.run = run;
    explained.before = before;
    explained.progress = starting;
    this.announce();
    try {
      const found = await work(before, signal, (progress) => this.#advance(explained, signal, progress));
      if (!signal.aborted) {
        this.settle(explained, found);
      }
      return null;
    } catch (thrown) {
      if (signal.aborted) {
        // Whoever aborted it has put back what was there.
        return null;
      }
      this.stop(explained);
      const error = ExplainError.from(thrown);
      if (error.reason !== "cancelled") {
        this.#tell(error);
      }
      return error;
    }
  }

  #tell(error: ExplainError): void {
    this.#parts.log(`${error.reason}: ${error.message}`);
    this.#parts.onError(error);
  }

  #complete(explained: Explained, explanation: Explanation): void {
    this.settle(explained, explanation);
    this.replaceCovered(explained);
    const evaluations = explanation.attributions.reduce((sum, { evaluations: count }) => sum + count, 0);
    this.#parts.log(
      `Explained ${explanation.tokens.length} tokens with ${explanation.model.id}: ${evaluations} evaluations, ${Math.round(explanation.milliseconds)} ms.`,
    );
  }
}
