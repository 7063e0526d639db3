import { type ParseArgsConfig, parseArgs } from "node:util";
import { named } from "../common/documentNames";
import {
  type Baseline,
  defaultOptions,
  type ExplainRequest,
  effortLimits,
  type LimeFeatures,
} from "../common/explanation";
import { isMethodId, type MethodId, methodIds, usualMethods } from "../common/method";
import { documentKinds } from "../common/reading";
import type { InputChoice } from "./input";
import { UsageError } from "./usageError";

/** How results are written. */
export type OutputFormat = "text" | "json" | "csv" | "html" | "md";

/** Which attention matrices to put into the result. */
export type AttentionChoice = "all" | readonly { readonly layer: number; readonly head: number }[];

/** What to do, read from the arguments; every value is checked. */
export interface CommandLine {
  readonly command: "explain" | "models" | "inspect" | "help" | "version";
  /** One text; `-` reads standard input; `null` with an input file. */
  readonly text: string | null;
  readonly pair: string | null;
  readonly input: InputChoice | null;
  /** How documents are read: the name of a kind or a language, `raw`, or `auto` for what the file's name says. */
  readonly as: string | null;
  readonly model: string | null;
  readonly file: string | null;
  readonly target: string | null;
  readonly versus: string | null;
  readonly methods: readonly MethodId[];
  readonly units: ExplainRequest["units"];
  readonly baseline: Baseline;
  readonly lime: ExplainRequest["lime"];
  readonly owen: ExplainRequest["owen"];
  readonly effort: number;
  readonly layer: number | null;
  readonly seed: number;
  readonly attention: AttentionChoice;
  readonly format: OutputFormat;
  readonly output: string | null;
  readonly threads: number;
  /** Memory for models and runs, in MB. */
  readonly memory: number;
  readonly quiet: boolean;
}

const optionTypes = {
  model: { type: "string" },
  file: { type: "string" },
  task: { type: "string" },
  pair: { type: "string" },
  input: { type: "string" },
  column: { type: "string" },
  field: { type: "string" },
  as: { type: "string" },
  target: { type: "string" },
  versus: { type: "string" },
  method: { type: "string", multiple: true },
  units: { type: "string" },
  baseline: { type: "string" },
  effort: { type: "string" },
  samples: { type: "string" },
  sampling: { type: "string" },
  features: { type: "string" },
  keep: { type: "string" },
  tolerance: { type: "string" },
  layer: { type: "string" },
  seed: { type: "string" },
  attention: { type: "string", multiple: true },
  format: { type: "string" },
  output: { type: "string" },
  threads: { type: "string" },
  memory: { type: "string" },
  quiet: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
  question: { type: "string" },
  labels: { type: "string" },
  position: { type: "string" },
  steps: { type: "string" },
  measures: { type: "string" },
} as const satisfies ParseArgsConfig["options"];

const notYet = ["question", "labels", "position", "steps", "measures"] as const;
const tasksNotYet = ["zero-shot", "token-classification", "question-answering", "fill-mask", "text-generation"];

/** Reads the arguments after the program's name; throws {@link UsageError} with one sentence for what cannot be carried out. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  for (const name of notYet) {
    if (values[name] !== undefined) {
      throw new UsageError(`--${name} is not available in this version yet.`);
    }
  }
  if (values.task !== undefined && values.task !== "text-classification") {
    throw new UsageError(
      tasksNotYet.includes(values.task)
        ? `The task ${values.task} is not available in this version yet. Leave --task out or use text-classification.`
        : `There is no task "${values.task}". Leave --task out or use text-classification.`,
      "task-unsupported",
    );
  }
  const { command, text } = readCommand(values.help === true, values.version === true, positionals, values.input);
  const hasInput = values.input !== undefined;
  return {
    command,
    text,
    pair: values.pair ?? null,
    input: values.input === undefined ? null : readInputChoice(values.input, values.column, values.field),
    as: readAs(values.as),
    model: values.model ?? null,
    file: values.file ?? null,
    target: values.target ?? null,
    versus: values.versus ?? null,
    methods: readMethods(values.method ?? [usualMethods.importance]),
    units: choice("units", values.units, ["auto", "token", "word", "sentence"], defaultOptions.units),
    baseline: choice("baseline", values.baseline, ["mask", "pad", "unk", "zero", "delete"], defaultOptions.baseline),
    lime: {
      mode: choice("sampling", values.sampling, ["adaptive", "plain"], defaultOptions.lime.mode),
      features: choice<LimeFeatures, null>(
        "features",
        values.features,
        ["token", "word", "bag", "sentence"],
        defaultOptions.lime.features,
      ),
      keep: values.keep === undefined ? null : whole("keep", values.keep, 1, 10_000),
      samples: whole("samples", values.samples, 2, 1_000_000, defaultOptions.lime.samples),
      tolerance: fraction("tolerance", values.tolerance, defaultOptions.lime.tolerance),
    },
    owen: {
      guided: values.sampling !== "plain",
      samples: values.samples === undefined ? null : whole("samples", values.samples, 2, 1_000_000),
    },
    effort: number("effort", values.effort, effortLimits, defaultOptions.effort),
    layer: values.layer === undefined ? null : whole("layer", values.layer, 0, 1000),
    seed: whole("seed", values.seed, 0, Number.MAX_SAFE_INTEGER, defaultOptions.seed),
    attention: readAttention(values.attention ?? []),
    format: choice("format", values.format, ["text", "json", "csv", "html", "md"], hasInput ? "json" : "text"),
    output: values.output ?? null,
    threads: whole("threads", values.threads, 0, 1024, 0),
    memory: whole("memory", values.memory, 256, 1_048_576, 4096),
    quiet: values.quiet === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: withValues(args), options: optionTypes, allowPositionals: true, strict: true });
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
  const type = Object.entries(optionTypes).find(([name]) => option === `--${name}`)?.[1].type;
  return type === "string";
}

function readCommand(
  help: boolean,
  version: boolean,
  positionals: readonly string[],
  input: string | undefined,
): { command: CommandLine["command"]; text: string | null } {
  const [first, ...rest] = positionals;
  if (help) {
    return { command: "help", text: null };
  }
  if (version) {
    return { command: "version", text: null };
  }
  if ((first === "models" || first === "inspect") && rest.length === 0 && input === undefined) {
    return { command: first, text: null };
  }
  if (rest.length > 0) {
    throw new UsageError("More than one text was given. Put the text in quotation marks.");
  }
  if (input !== undefined && first !== undefined) {
    throw new UsageError("Give either a text or --input, not both.");
  }
  if (input === undefined && first === undefined) {
    throw new UsageError("No text was given. Give a text, - for standard input, or --input FILE. See --help.");
  }
  return { command: "explain", text: first ?? null };
}

function readInputChoice(file: string, column: string | undefined, field: string | undefined): InputChoice {
  if (column !== undefined && field !== undefined) {
    throw new UsageError("Give --column (.csv, .tsv) or --field (.jsonl), not both.");
  }
  const option = column !== undefined ? "column" : field !== undefined ? "field" : null;
  return { file, field: column ?? field ?? null, option };
}

function readAs(as: string | undefined): string | null {
  if (as !== undefined && as !== "raw" && as !== "auto" && !named(as)) {
    throw new UsageError(
      `--as takes raw, auto, a kind (${documentKinds.filter((kind) => kind !== "code").join(", ")}) or a language such as python; not "${as}".`,
    );
  }
  return as ?? null;
}

function readMethods(lists: readonly string[]): MethodId[] {
  const names = lists.flatMap((list) => list.split(",")).map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    if (!isMethodId(name)) {
      throw new UsageError(`There is no method "${name}". Choose from: ${methodIds.join(", ")}.`, "method-unknown");
    }
    return name;
  });
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

function choice<T extends string, F extends T | null>(
  name: string,
  value: string | undefined,
  allowed: readonly T[],
  fallback: F,
): T | F {
  if (value === undefined) {
    return fallback;
  }
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) {
    throw new UsageError(`--${name} takes ${allowed.join(", ")}; not "${value}".`);
  }
  return found;
}

function whole(name: string, value: string | undefined, least: number, most: number, fallback = 0): number {
  if (value === undefined) {
    return fallback;
  }
  const number = Number(value);
  if (!/^\d{1,16}$/.test(value) || number < least || number > most) {
    throw new UsageError(`--${name} takes a whole number from ${least} to ${most}; not "${value}".`);
  }
  return number;
}

function number(
  name: string,
  value: string | undefined,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
  fallback: number,
): number {
  const found = value === undefined ? fallback : Number(value);
  if (value !== undefined && (!/^[\d.eE+-]+$/.test(value) || !(found >= minimum && found <= maximum))) {
    throw new UsageError(`--${name} takes a number from ${minimum} to ${maximum}; not "${value}".`);
  }
  return found;
}

function fraction(name: string, value: string | undefined, fallback: number): number {
  if (value === undefined) {
    return fallback;
  }
  const number = Number(value);
  if (!/^[\d.eE+-]+$/.test(value) || !(number > 0 && number <= 1)) {
    throw new UsageError(`--${name} takes a number over 0 and up to 1; not "${value}".`);
  }
  return number;
}
