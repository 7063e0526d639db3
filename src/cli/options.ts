import { parseArgs } from "node:util";
import { named } from "../common/documentNames";
import { type Values, valuesOf } from "../common/option";
import { machineOptions, options, type RequestOptions } from "../common/options";
import { documentKinds } from "../common/reading";
import { neededBy, taskIds } from "../common/task";
import { type ExportId, exportIds, exportKind, isExportId, usualExports } from "../exports/registry";
import { flagTypes, isOfSomeTasks, type ownFlags } from "./flags";
import { flagValue } from "./flagValue";
import type { InputChoice } from "./input";
import { UsageError } from "./usageError";

/** Which attention matrices to put into the result. */
export type AttentionChoice = "all" | readonly { readonly layer: number; readonly head: number }[];

/** What to do, read from the arguments; every value is checked. */
export interface CommandLine {
  readonly command: "explain" | "analyse" | "models" | "inspect" | "download" | "save" | "help" | "version";
  /** One text; `-` reads standard input; `null` with an input file. What to download or to save, where that is the command. */
  readonly text: string | null;
  readonly pair: string | null;
  readonly input: InputChoice | null;
  /** How documents are read: the name of a kind or a language, `raw`, or `auto` for what the file's name says. */
  readonly as: string | null;
  readonly model: string | null;
  readonly file: string | null;
  /** How to explain. */
  readonly options: RequestOptions;
  /** The flags that were given and that only some tasks read. */
  readonly taskFlags: readonly string[];
  /** What the engine may take of the machine. */
  readonly machine: Values<typeof machineOptions>;
  readonly attention: AttentionChoice;
  /** How results are written. */
  readonly format: ExportId;
  readonly output: string | null;
  readonly quiet: boolean;
  /** What is said of a download, and whether a folder may be replaced. */
  readonly download: DownloadChoice;
}

/** Which of a model's files to download, and whether without asking. */
export interface DownloadChoice {
  readonly precision: string | null;
  readonly revision: string | null;
  readonly isAgreed: boolean;
}

/** Reads the arguments after the program's name; throws {@link UsageError} with one sentence for what cannot be carried out. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  const given = (flag: string): readonly string[] =>
    [values[flag] ?? []].flat().filter((value) => typeof value === "string");
  const own = (flag: keyof typeof ownFlags): string | null => given(flag)[0] ?? null;
  const isOn = (flag: keyof typeof ownFlags): boolean => values[flag] === true;
  const input = own("input");
  const { command, text } = readCommand(isOn("help"), isOn("version"), positionals, input);
  for (const flag of ["rationale", "pair-column"] as const) {
    if (own(flag) !== null && input === null) {
      throw new UsageError(`--${flag} names a column or field of --input.`);
    }
  }
  const seconds = (["pair", "question", "pair-column"] as const).filter((flag) => own(flag) !== null);
  if (seconds.length > 1) {
    throw new UsageError(`Give either ${seconds.map((flag) => `--${flag}`).join(" or ")}, not both.`);
  }
  for (const flag of ["template", "several"]) {
    if (given(flag).length > 0 && given("labels").length === 0) {
      throw new UsageError(`--${flag} is for zero-shot classification: give --labels too.`);
    }
  }
  for (const flag of ["question", "pair", "baseline-text"]) {
    if (given(flag).some((words) => words.trim() === "")) {
      throw new UsageError(`--${flag} was given no words.`);
    }
  }
  if (given("baseline-text").length > 0 && given("baseline").length > 0) {
    throw new UsageError("Give either --baseline or --baseline-text, not both.");
  }
  const chosen = ["method", "measures", "units"].find((flag) => given(flag).length > 0);
  if (command === "analyse" && chosen) {
    throw new UsageError(`analyse has methods of its own. Leave out --${chosen}.`);
  }
  return {
    command,
    taskFlags: Object.keys(values).filter(isOfSomeTasks),
    text,
    pair: own("pair") ?? own("question"),
    input: input === null ? null : readInputChoice(input, own),
    as: readAs(own("as")),
    model: own("model"),
    file: own("file"),
    options: withTask(
      valuesOf(options, (option) => flagValue(option, given)),
      given,
    ),
    machine: valuesOf(machineOptions, (option) => flagValue(option, given)),
    attention: readAttention(given("attention")),
    format: readFormat(
      own("format"),
      input === null || command === "analyse" ? usualExports.one : usualExports.several,
      input !== null,
    ),
    output: own("output"),
    quiet: isOn("quiet"),
    download: readDownload(command, { precision: own("precision"), revision: own("revision"), isAgreed: isOn("yes") }),
  };
}

/** The options with the task that is meant by what only it needs, such as a question. */
function withTask(chosen: RequestOptions, given: (flag: string) => readonly string[]): RequestOptions {
  for (const id of taskIds) {
    const flag = neededBy(id);
    if (flag === undefined || given(flag).length === 0) {
      continue;
    }
    if (chosen.task !== null && chosen.task !== id) {
      throw new UsageError(`--${flag} is for --task ${id}. Leave one of them out.`);
    }
    return { ...chosen, task: id };
  }
  return chosen;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: withValues(args), options: flagTypes, allowPositionals: true, strict: true });
  } catch (error) {
    if (error instanceof UsageError) {
      throw error;
    }
    const sentence = error instanceof Error ? (error.message.split(/\. |\n/)[0] ?? "") : String(error);
    throw new UsageError(`${sentence.replace(/\.$/, "")}. See --help.`);
  }
}

/** The arguments with values that begin with a minus sign joined to their options: `parseArgs` takes them for options, and of -5 it would say so. */
function withValues(args: readonly string[]): string[] {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const joined: string[] = [];
  for (let at = 0; at < end; at++) {
    const [option = "", value = ""] = args.slice(at, Math.min(end, at + 2));
    if (!takesValue(option) || !/^-./.test(value)) {
      joined.push(option);
      continue;
    }
    if (value.startsWith("--") || value === "-h") {
      throw new UsageError(`${option} needs a value before ${value}. If that is the value, write ${option}=${value}.`);
    }
    joined.push(`${option}=${value}`);
    at++;
  }
  return [...joined, ...args.slice(end)];
}

function takesValue(option: string): boolean {
  return option.startsWith("--") && flagTypes[option.slice(2)]?.type === "string";
}

function readCommand(
  help: boolean,
  version: boolean,
  positionals: readonly string[],
  input: string | null,
): { command: CommandLine["command"]; text: string | null } {
  const [first, ...rest] = positionals;
  if (help) {
    return { command: "help", text: null };
  }
  if (version) {
    return { command: "version", text: null };
  }
  if ((first === "models" || first === "inspect") && rest.length === 0 && input === null) {
    return { command: first, text: null };
  }
  if (first === "models" && rest[0] === "download" && input === null) {
    const [, name, ...more] = rest;
    if (name === undefined || more.length > 0) {
      throw new UsageError("models download takes one name, owner/name, or the address of a model's page.");
    }
    return { command: "download", text: name };
  }
  if (first === "models" && rest[0] === "save" && input === null) {
    const [, name, ...more] = rest;
    if (name === undefined || more.length > 0) {
      throw new UsageError("models save takes one model: its folder or its name.");
    }
    return { command: "save", text: name };
  }
  if (first === "analyse" && rest.length < 2) {
    if (input !== null && rest.length > 0) {
      throw new UsageError("Give either a text or --input, not both.");
    }
    if (input === null && rest.length === 0) {
      throw new UsageError("analyse was given no text. Give a text, - for standard input, or --input FILE.");
    }
    return { command: "analyse", text: rest[0] ?? null };
  }
  if (rest.length > 0) {
    throw new UsageError("More than one text was given. Put the text in quotation marks.");
  }
  if (input !== null && first !== undefined) {
    throw new UsageError("Give either a text or --input, not both.");
  }
  if (input === null && first === undefined) {
    throw new UsageError("No text was given. Give a text, - for standard input, or --input FILE. See --help.");
  }
  return { command: "explain", text: first ?? null };
}

function readDownload(command: CommandLine["command"], download: DownloadChoice): DownloadChoice {
  const { precision, revision, isAgreed } = download;
  const given = precision !== null ? "precision" : revision !== null ? "revision" : null;
  if (given !== null && command !== "download") {
    throw new UsageError(`--${given} is for models download.`);
  }
  if (isAgreed && command !== "download" && command !== "save") {
    throw new UsageError("--yes is for models download and models save.");
  }
  return download;
}

function readInputChoice(
  file: string,
  own: (flag: "column" | "field" | "pair-column" | "rationale") => string | null,
): InputChoice {
  const column = own("column");
  const field = own("field");
  if (column !== null && field !== null) {
    throw new UsageError("Give --column (.csv, .tsv) or --field (.jsonl), not both.");
  }
  const option = column !== null ? "column" : field !== null ? "field" : null;
  return { file, field: column ?? field, option, pair: own("pair-column"), rationale: own("rationale") };
}

function readAs(as: string | null): string | null {
  if (as !== null && as !== "raw" && as !== "auto" && !named(as)) {
    throw new UsageError(
      `--as takes raw, auto, a kind (${documentKinds.filter((kind) => kind !== "code").join(", ")}) or a language such as python; not "${as}".`,
    );
  }
  return as;
}

function readAttention(choices: readonly string[]): AttentionChoice {
  if (choices.some((text) => text.trim() === "all")) {
    return "all";
  }
  return choices.map((text) => {
    const found = /^\s*(\d{1,4})\s*,\s*(\d{1,4})\s*$/.exec(text);
    if (!found) {
      throw new UsageError(`--attention takes LAYER,HEAD, both counted from 0, or all; not "${text}".`);
    }
    return { layer: Number(found[1]), head: Number(found[2]) };
  });
}

function readFormat(written: string | null, usual: ExportId, isMany: boolean): ExportId {
  if (written === null) {
    return usual;
  }
  if (!isExportId(written)) {
    throw new UsageError(`--format takes one of ${exportIds.join(", ")}; not "${written}".`);
  }
  if (isMany && exportKind(written).holds === "one") {
    throw new UsageError(`--format ${written} holds one explanation. Leave --input out, or choose another format.`);
  }
  return written;
}
