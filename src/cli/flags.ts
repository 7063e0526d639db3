import { allOptions, type Flag, type Option } from "../common/option";
import { machineOptions, options } from "../common/options";
import { exportIds, usualExports } from "../exports/registry";

/** A flag of the command line alone; one without words is not in the list of options that the help shows. */
interface OwnFlag {
  readonly heading?: "Model" | "Question" | "Documents" | "Output";
  readonly value?: string;
  readonly words?: string;
  readonly isSwitch?: true;
  readonly isRepeatable?: true;
  readonly short?: string;
}

/** The flags that are no options of an explanation. */
export const ownFlags = {
  model: { heading: "Model", value: "DIR|ID", words: "default: the bundled model" },
  file: { heading: "Model", value: "REL.onnx", words: "which file of the model's folder, or of the model to download" },
  precision: {
    heading: "Model",
    value: "NAME",
    words: "models download: which of its files, such as fp32, fp16, int8 or q4; default: the usual one",
  },
  revision: { heading: "Model", value: "NAME", words: "models download: a branch, tag or commit; default: main" },
  yes: { heading: "Model", words: "models download, models save: without asking", isSwitch: true },
  pair: { heading: "Model", value: "TEXT", words: "the second text, for models that read two" },
  question: { heading: "Question", value: "TEXT", words: "question answering: what is asked about the text" },
  "pair-column": {
    heading: "Model",
    value: "NAME",
    words: "the column or field of --input with the second text, or the question, of each line",
  },
  input: {},
  column: {},
  field: {},
  as: {
    heading: "Documents",
    value: "KIND",
    words:
      "how texts are read: markdown, restructuredtext, html, xml, latex, json, yaml, csv, tsv, ini, properties, notebook, log, subtitles, a language such as python, or raw; default: by the file's name, raw for a text, a line or a field",
  },
  rationale: {
    heading: "Output",
    value: "NAME",
    words:
      "how well scores find what people marked: the column or field of --input with passages between |, [[start, end], ...], or a JSON object of these by entity",
  },
  attention: {
    heading: "Output",
    value: "L,H|all",
    words: "attention matrices (JSON: numbers, HTML: pictures); may be repeated",
    isRepeatable: true,
  },
  format: {
    heading: "Output",
    value: exportIds.join("|"),
    words: `default: ${usualExports.one}; ${usualExports.several} with --input`,
  },
  output: { heading: "Output", value: "FILE", words: "instead of standard output; models save: the folder to make" },
  quiet: { heading: "Output", words: "no progress on standard error", isSwitch: true },
  help: { isSwitch: true, short: "h" },
  version: { isSwitch: true },
} as const satisfies Readonly<Record<string, OwnFlag>>;

const ownList: readonly (readonly [string, OwnFlag])[] = Object.entries(ownFlags);

/** The options of an explanation and of the machine that have a flag; several may share one. */
const flagged: readonly (Option<unknown> & { readonly flag: Flag })[] = allOptions({ options, machineOptions }).flatMap(
  ({ option }) => (option.flag ? [{ ...option, flag: option.flag }] : []),
);

/** Whether only some tasks read a flag. */
export function isOfSomeTasks(name: string): boolean {
  return flagged.some(({ flag }) => flag.name === name && flag.isOfSomeTasks === true);
}

/** Every flag as `parseArgs` takes it. Lists may be repeated. */
export const flagTypes: Readonly<Record<string, { type: "string" | "boolean"; multiple: boolean; short?: string }>> =
  Object.fromEntries([
    ...ownList.map(([name, { isSwitch, isRepeatable, short }]) => [
      name,
      { type: isSwitch ? "boolean" : "string", multiple: isRepeatable === true, ...(short ? { short } : {}) },
    ]),
    ...flagged.map(({ flag, takes }) => [flag.name, { type: "string", multiple: takes.kind === "list" }]),
  ]);

/** A line of the help: a flag with what follows it, and its words. */
export interface HelpLine {
  readonly heading: string;
  readonly usage: string;
  readonly words: string;
}

/** What the help shows of all flags, each once. */
export const helpLines: readonly HelpLine[] = [
  ...ownList.flatMap(([name, { heading, value, words }]) =>
    heading && words ? [{ heading, usage: `--${name}${value === undefined ? "" : ` ${value}`}`, words }] : [],
  ),
  ...flagged
    .filter(({ flag }, at) => flagged.findIndex((first) => first.flag === flag) === at)
    .map(({ flag: { heading, name, value, words }, ...option }) => ({
      heading,
      usage: `--${name} ${value}`,
      words: words.replace("{default}", defaultOf(option)),
    })),
];

/** What the command line takes for an option without its flag, as a person would write it; of options that share a flag, the first one counts. */
function defaultOf({ fallback, flagFallback = fallback, nothing = "none" }: Option<unknown>): string {
  const written = Array.isArray(flagFallback) ? flagFallback.join(",") : String(flagFallback ?? "");
  return written === "" ? nothing : written;
}
