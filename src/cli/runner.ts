import { type ErrorData, ExplainError, isAboutTheModel, throwIfCancelled } from "../common/errors";
import type { ExplainRequest } from "../common/explanation";
import { formatMessage, type Message } from "../common/message";
import { type Marked, plausibilityOf, rationaleOf, readMarked, whyNotCompared } from "../common/plausibility";
import { type Reading, readingMessage } from "../common/reading";
import { checkText } from "../common/textLimits";
import type { EngineClient } from "../engineClient/engineClient";
import type { Export, Result } from "../exports/export";
import type { ListedText } from "../lists/textList";
import { adviseOnCommandLine } from "./advice";
import { chosenMatrices } from "./chosenMatrices";
import { isDocument, readPassages, readText } from "./documents";
import { canBeReadTwice, type InputChoice, readInput } from "./input";
import type { CommandLine } from "./options";
import { ProgressLine } from "./progressLine";
import type { Sink } from "./sink";
import { readStandardInput } from "./standardInput";
import type { CliSurroundings } from "./surroundings";
import { UsageError } from "./usageError";

/** Makes what is written of results: an export, or a report on all of them. */
export interface ResultWriter extends Pick<Export, "begin" | "end" | "object"> {
  one(result: Result, index: number): string | Promise<string>;
}

/** Explains what the arguments name, one text after the other, and writes each result before the next text is read. */
export class Runner {
  readonly #line: CommandLine;
  readonly #request: Omit<ExplainRequest, "text">;
  readonly #engine: EngineClient;
  readonly #around: CliSurroundings;
  readonly #output: Pick<Sink, "write">;
  readonly #writer: ResultWriter;
  readonly #progress: ProgressLine;

  constructor(
    line: CommandLine,
    request: Omit<ExplainRequest, "text">,
    engine: EngineClient,
    around: CliSurroundings,
    output: Pick<Sink, "write">,
    writer: ResultWriter,
  ) {
    this.#line = line;
    this.#request = request;
    this.#engine = engine;
    this.#around = around;
    this.#output = output;
    this.#writer = writer;
    this.#progress = new ProgressLine(around.stderr, line.quiet);
  }

  /** Explains one text and returns the exit status; throws an {@link ExplainError}. */
  async single(): Promise<number> {
    const { stdin, signal } = this.#around;
    const { text } = this.#line;
    const given = text === "-" ? await readStandardInput(stdin(), signal) : (text ?? "");
    const result = await this.#explain({ line: null, text: given }, "");
    await this.#output.write(
      `${this.#writer.begin?.() ?? ""}${await this.#writer.one(result, 0)}${this.#writer.end?.() ?? ""}`,
    );
    return 0;
  }

  /**
   * Explains each line of a file and returns the exit status; a line that fails becomes an error in its place. The file is read through before the
   * first line is explained, so that what is wrong with it is said at the start and not hours later; a pipe cannot be.
   */
  async file(choice: InputChoice): Promise<number> {
    const { as } = this.#line;
    const passages = isDocument(choice.file, as)
      ? await readPassages(choice.file, choice.field, as, this.#engine, this.#around)
      : null;
    if (passages && choice.pair !== null) {
      throw new UsageError("--pair-column is for .csv, .tsv and .jsonl files.");
    }
    const isPassing = !(passages || (await canBeReadTwice(choice.file)));
    const total = passages?.length ?? (isPassing ? null : await this.#count(choice));
    if (total === 0) {
      throw new ExplainError("text-empty", "There is no text in {0}. Check the file.", choice.file);
    }
    let count = 0;
    let explained = 0;
    for await (const input of passages ?? readInput(choice, this.#around)) {
      throwIfCancelled(this.#around.signal);
      const outcome = await this.#tryLine(input, `${++count}${total === null ? "" : `/${total}`} `, explained > 0);
      if ("error" in outcome) {
        await this.#writeFailure(outcome.error, input.line);
      } else {
        const before = explained === 0 ? this.#writer.begin?.() : undefined;
        await this.#output.write(`${before ?? ""}${await this.#writer.one(outcome, explained++)}`);
      }
    }
    if (count === 0) {
      throw new ExplainError("text-empty", "There is no text in {0}. Check the file.", choice.file);
    }
    if (this.#writer.end) {
      await this.#output.write(`${explained === 0 ? (this.#writer.begin?.() ?? "") : ""}${this.#writer.end()}`);
    }
    const failed = count - explained;
    if (failed > 0) {
      this.#around.stderr.write(`${failed} of ${count} lines failed.\n`);
    }
    return failed > 0 ? 1 : 0;
  }

  async #count(choice: InputChoice): Promise<number> {
    let total = 0;
    for await (const _ of readInput(choice, this.#around)) {
      throwIfCancelled(this.#around.signal);
      total++;
    }
    return total;
  }

  /** `modelWorks` says that another line was explained, so that a fault of the model is this line's alone. */
  async #tryLine(
    input: ListedText & { readonly reading?: Reading },
    prefix: string,
    modelWorks: boolean,
  ): Promise<Result | { readonly error: ExplainError }> {
    if (input.text instanceof ExplainError) {
      return { error: input.text };
    }
    try {
      return await this.#explain({ ...input, text: input.text }, prefix);
    } catch (error) {
      const known = adviseOnCommandLine(ExplainError.from(error));
      if (known.reason === "cancelled" || (isAboutTheModel(known) && !modelWorks)) {
        throw known;
      }
      return { error: known };
    }
  }

  async #explain(
    given: Omit<ListedText, "line" | "text"> & {
      readonly line: number | null;
      readonly text: string;
      readonly reading?: Reading;
    },
    prefix: string,
  ): Promise<Result> {
    const { signal } = this.#around;
    const { as } = this.#line;
    const kind = as === null || as === "auto" ? "raw" : as;
    // A line's end reaches the model as one character, as in an editor, where nobody sees which it is.
    const isRead = kind !== "raw" || given.text.includes("\r\n");
    const reading = given.reading ?? (isRead ? await readText(given.text, kind, this.#engine, signal) : null);
    const text = reading?.text ?? given.text;
    // Here already, so that what no model can read is not sent to another process.
    const pair = given.pair ?? this.#request.pair;
    checkText(text, pair);
    const marked = given.rationale === undefined ? null : markedIn(given.rationale, text);
    try {
      const found = await this.#engine.explain({ ...this.#request, text, pair }, signal, (progress) =>
        this.#progress.show(progress, prefix),
      );
      const rationale = marked && rationaleOf(found, marked);
      const gap = rationale && whyNotCompared(found, rationale);
      const warnings = [...(reading ? readingMessages(reading) : []), ...found.warnings, ...(gap ? [gap] : [])];
      const explanation = { ...found, warnings };
      const matrices = await chosenMatrices(this.#engine, explanation, this.#line.attention, signal);
      const plausibility = rationale ? { plausibility: plausibilityOf(explanation, rationale) } : {};
      return { explanation, matrices, line: given.line, reading, ...plausibility };
    } finally {
      this.#progress.clear();
    }
  }

  async #writeFailure(error: ExplainError, line: number): Promise<void> {
    if (this.#writer.object) {
      const { reason, message }: ErrorData = error.toData();
      await this.#output.write(this.#writer.object({ error: { reason, message: formatMessage(message) }, line }));
      return;
    }
    this.#around.stderr.write(`error: ${error.reason}: line ${line}: ${error.message}\n`);
  }
}

/** What a person should know about how a text was read. */
function readingMessages(reading: Reading): Message[] {
  const what = readingMessage(reading, formatMessage);
  return what ? [what, ...reading.notes] : [...reading.notes];
}

/** Throws `input-unreadable` where what people marked is not said in a way that can be read, or is not in the text. */
function markedIn(value: unknown, text: string): Marked {
  const found = readMarked(value, text);
  if (!found) {
    throw new ExplainError(
      "input-unreadable",
      "What people marked in the line cannot be read. Give passages of the text with | between them, [[start, end], ...], or an object of these by entity.",
    );
  }
  return found;
}
