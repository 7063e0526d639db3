import { type ErrorData, ExplainError, throwIfCancelled } from "../common/errors";
import type { ExplainRequest } from "../common/explanation";
import { formatMessage } from "../common/message";
import { createEngine, type Engine } from "../engine/engine";
import { productVersion } from "../engine/version";
import { resolveModel } from "../models/discover";
import { chosenMatrices } from "./chosenMatrices";
import { formatCsvLine } from "./csv";
import { helpText } from "./help";
import { decodeText, type InputLine, readInputFile } from "./input";
import { inspectModel } from "./inspect";
import { jsonText } from "./jsonText";
import { listModels } from "./listModels";
import { type CommandLine, parseCommandLine } from "./options";
import { Output } from "./output";
import { ProgressLine } from "./progressLine";
import { csvHeader, csvRows, renderMarkdown, renderText } from "./render";
import { renderHtml } from "./renderHtml";
import { type CliResult, resultObject } from "./resultJson";
import { UsageError } from "./usageError";

/** What the command line is given by its surroundings. */
export interface CliSurroundings {
  readonly args: readonly string[];
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** The bundled model's folder. */
  readonly bundledModel: string;
  readonly workingDirectory: string;
  /** Aborted when the person interrupts. */
  readonly signal: AbortSignal;
}

/** Memory for models; a single run holds one. */
const memoryMegabytes = 4096;

/** Runs one command line and returns the exit status: 0 done, 1 an error, 2 wrong usage, 130 interrupted. */
export async function runCommandLine(around: CliSurroundings): Promise<number> {
  try {
    const line = parseCommandLine(around.args);
    const output = new Output(line.output, around.stdout);
    const status = await runCommand(line, around, output);
    await output.close();
    return status;
  } catch (error) {
    if (error instanceof UsageError) {
      around.stderr.write(`error: ${error.reason}: ${error.message}\n`);
      return 2;
    }
    const known = ExplainError.from(error);
    if (known.reason === "cancelled") {
      return 130;
    }
    around.stderr.write(`error: ${known.reason}: ${known.message}\n`);
    return 1;
  }
}

async function runCommand(line: CommandLine, around: CliSurroundings, output: Output): Promise<number> {
  if (line.command === "help") {
    await output.write(helpText);
    return 0;
  }
  if (line.command === "version") {
    await output.write(`${productVersion}\n`);
    return 0;
  }
  if (line.command === "models") {
    await output.write(await listModels(around.bundledModel, around.workingDirectory, line.format));
    return 0;
  }
  const engine = createEngine({ threads: line.threads, memoryMegabytes });
  try {
    const directory =
      line.model === null
        ? around.bundledModel
        : await resolveModel(line.model, around.bundledModel, around.workingDirectory);
    const model = { directory, file: line.file };
    if (line.command === "inspect") {
      await output.write(inspectModel(await engine.describeModel(model, around.signal), line.format));
      return 0;
    }
    const runner = new Runner(line, { ...requestOptions(line), model }, engine, around, output);
    return line.input ? await runner.file(line.input.file, line.input.field) : await runner.single();
  } finally {
    await engine.dispose();
  }
}

function requestOptions(line: CommandLine): Omit<ExplainRequest, "text" | "model"> {
  const { pair, target, versus, methods, units, baseline, seed, lime, layer } = line;
  return { pair, target, versus, methods, units, baseline, seed, lime, layer, masked: [] };
}

class Runner {
  readonly #line: CommandLine;
  readonly #request: Omit<ExplainRequest, "text">;
  readonly #engine: Engine;
  readonly #around: CliSurroundings;
  readonly #output: Output;
  readonly #progress: ProgressLine;

  constructor(
    line: CommandLine,
    request: Omit<ExplainRequest, "text">,
    engine: Engine,
    around: CliSurroundings,
    output: Output,
  ) {
    this.#line = line;
    this.#request = request;
    this.#engine = engine;
    this.#around = around;
    this.#output = output;
    this.#progress = new ProgressLine(around.stderr, line.quiet);
  }

  async single(): Promise<number> {
    const { text } = this.#line;
    const result = await this.#explain(text === "-" ? await this.#standardInput() : (text ?? ""), null, "");
    await this.#output.write(this.#single(result));
    return 0;
  }

  /** Explains each line of a file; a line that fails becomes an error in its place. */
  async file(file: string, field: string | null): Promise<number> {
    const lines = await readInputFile(file, field);
    const { format } = this.#line;
    if (lines.length === 0) {
      throw new ExplainError("text-empty", "There is no text in {0}. Check the file.", file);
    }
    const collected: CliResult[] = [];
    let failed = 0;
    for (const [index, input] of lines.entries()) {
      const outcome = await this.#tryLine(input, `${index + 1}/${lines.length} `, index > failed);
      if ("error" in outcome) {
        failed++;
        await this.#writeFailure(outcome.error, input.line);
      } else if (format === "html") {
        collected.push(outcome);
      } else if (format === "csv") {
        const header = index === failed ? `${formatCsvLine(csvHeader)}\n` : "";
        await this.#output.write(`${header}${csvText(outcome)}`);
      } else {
        await this.#output.write(this.#single(outcome));
      }
    }
    if (format === "html") {
      await this.#output.write(renderHtml(collected));
    }
    if (failed > 0) {
      this.#around.stderr.write(`${failed} of ${lines.length} lines failed.\n`);
    }
    return failed > 0 ? 1 : 0;
  }

  /** `modelWorks` says that another line was explained, so that a fault of the model is this line's alone. */
  async #tryLine(
    input: InputLine,
    prefix: string,
    modelWorks: boolean,
  ): Promise<CliResult | { readonly error: ExplainError }> {
    if (input.text instanceof ExplainError) {
      return { error: input.text };
    }
    try {
      return await this.#explain(input.text, input.line, prefix);
    } catch (error) {
      const known = ExplainError.from(error);
      if (known.reason === "cancelled" || (isAboutTheModel(known) && !modelWorks)) {
        throw known;
      }
      return { error: known };
    }
  }

  async #explain(text: string, line: number | null, prefix: string): Promise<CliResult> {
    const { signal } = this.#around;
    try {
      const explanation = await this.#engine.explain({ ...this.#request, text }, signal, (progress) =>
        this.#progress.show(progress, prefix),
      );
      const matrices = await chosenMatrices(this.#engine, explanation, this.#line.attention, signal);
      return { explanation, matrices, line };
    } finally {
      this.#progress.clear();
    }
  }

  async #standardInput(): Promise<string> {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of this.#around.stdin) {
        chunks.push(chunk);
      }
    } finally {
      throwIfCancelled(this.#around.signal);
    }
    // The line end that a shell adds is no part of the text.
    return decodeText(Buffer.concat(chunks), "Standard input").replace(/\r?\n$/, "");
  }

  async #writeFailure(error: ExplainError, line: number): Promise<void> {
    if (this.#line.format === "json") {
      const { reason, message }: ErrorData = error.toData();
      await this.#output.write(`${jsonText({ error: { reason, message: formatMessage(message) }, line })}\n`);
      return;
    }
    this.#around.stderr.write(`error: ${error.reason}: line ${line}: ${error.message}\n`);
  }

  #single(result: CliResult): string {
    const { explanation, line } = result;
    switch (this.#line.format) {
      case "json":
        return `${jsonText(resultObject(result))}\n`;
      case "csv":
        return `${formatCsvLine(csvHeader)}\n${csvText(result)}`;
      case "html":
        return renderHtml([result]);
      case "md":
        return line === null ? renderMarkdown(explanation, line) : `${renderMarkdown(explanation, line)}\n`;
      case "text":
        return line === null ? renderText(explanation, line) : `${renderText(explanation, line)}\n`;
    }
  }
}

function csvText({ explanation, line }: CliResult): string {
  return csvRows(explanation, line)
    .map((row) => `${formatCsvLine(row)}\n`)
    .join("");
}

/** Whether every line would fail with the same error, if none was explained before. */
function isAboutTheModel({ reason }: ExplainError): boolean {
  return /^(model-|operator-|tokenizer-|task-|method-|label-|engine-)/.test(reason);
}
