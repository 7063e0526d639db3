import { isFields } from "./checks";
import type { ErrorReason } from "./errors";

/** What an option takes. */
export type Takes =
  | { readonly kind: "choice"; readonly choices: readonly (string | boolean)[] }
  | { readonly kind: "number"; readonly minimum: number; readonly maximum: number }
  | {
      readonly kind: "whole";
      readonly minimum: number;
      readonly maximum: number;
      /** A word that may stand in place of the number. */
      readonly word?: string;
    }
  | {
      readonly kind: "list";
      readonly of: readonly string[];
      /** What a name that is not among them is refused with. */
      readonly reason: ErrorReason;
    }
  | { readonly kind: "string" }
  /** Texts by names of the person's own. */
  | { readonly kind: "map" };

/** Where an option stands in the editor's settings; its words are `setting.KEY` and `setting.KEY.CHOICE` of `package.nls.json`. */
export interface SettingPlace {
  /** Below the section of the extension. */
  readonly key: string;
  readonly section: "explanation" | "display" | "model" | "lime" | "gradients" | "engine";
  /** Its place in the section, from 0. */
  readonly order: number;
  readonly scope?: "machine-overridable" | "language-overridable";
  /** Whether each choice has words of its own. */
  readonly described?: boolean;
}

/** An option of the command line. */
export interface Flag {
  /** Without the two minus signs. */
  readonly name: string;
  /** What follows it, as the help shows it. */
  readonly value: string;
  readonly heading: "Model" | "Question" | "Methods" | "Output";
  /** Only some tasks read it; those that do say so (`TaskKind.flags`). */
  readonly isOfSomeTasks?: true;
  /** What the help says of it; `{default}` stands for what is taken without it. */
  readonly words: string;
}

/** One option: everything that settings, command line, help and the engine's check must know of it. One whose default is `null` may be left open. */
export interface Option<T> {
  readonly takes: Takes;
  readonly fallback: T;
  /** What `null` is called where people write the option; numbers that are left open are 0 in settings. */
  readonly nothing?: string;
  readonly setting?: SettingPlace;
  readonly flag?: Flag;
  /** The default of the command line, where it is another. */
  readonly flagFallback?: T;
  /** What the words of a {@link Flag} that several options share mean for this one. */
  readonly flagMeans?: Readonly<Record<string, T>>;
  /** How the option grows when a text is explained more exactly: with the effort, or against its root, as errors do. */
  readonly grows?: "with-effort" | "against-root";
}

type More<T> = Omit<Option<T>, "takes" | "fallback">;

/** One of a few values. */
export function choice<const C extends string | boolean, F extends C | null>(
  choices: readonly C[],
  fallback: F,
  more: More<C | F> = {},
): Option<C | F> {
  return { takes: { kind: "choice", choices }, fallback, ...more };
}

/** On or off. */
export function onOff(fallback: boolean, more: More<boolean> = {}): Option<boolean> {
  return choice<boolean, boolean>([true, false], fallback, more);
}

/** A number in a range, both ends in it. */
export function number<F extends number | null>(
  [minimum, maximum]: readonly [number, number],
  fallback: F,
  more: More<number | F> = {},
): Option<number | F> {
  return { takes: { kind: "number", minimum, maximum }, fallback, ...more };
}

/** A whole number in a range, both ends in it. */
export function whole<F extends number | null>(
  [minimum, maximum]: readonly [number, number],
  fallback: F,
  more: More<number | F> = {},
): Option<number | F> {
  return { takes: { kind: "whole", minimum, maximum }, fallback, ...more };
}

/** A whole number in a range, both ends in it, or a word in its place; it may be left open. */
export function wholeOr<const W extends string>(
  word: W,
  [minimum, maximum]: readonly [number, number],
  more: More<number | W | null> = {},
): Option<number | W | null> {
  return { takes: { kind: "whole", minimum, maximum, word }, fallback: null, ...more };
}

/** Some of a number of names; `reason` is what others are refused with. */
export function list<C extends string>(
  of: readonly C[],
  reason: ErrorReason,
  fallback: readonly C[],
  more: More<readonly C[]> = {},
): Option<readonly C[]> {
  return { takes: { kind: "list", of, reason }, fallback, ...more };
}

/** Any text. */
export function text<F extends string | null>(fallback: F, more: More<string | F> = {}): Option<string | F> {
  return { takes: { kind: "string" }, fallback, ...more };
}

/** Texts by name. */
export function map(
  fallback: Readonly<Record<string, string>>,
  more: More<Readonly<Record<string, string>>> = {},
): Option<Readonly<Record<string, string>>> {
  return { takes: { kind: "map" }, fallback, ...more };
}

/** Options by name, in groups. */
export interface OptionTable {
  readonly [name: string]: Option<unknown> | OptionTable;
}

/** The values of a table of options. */
export type Values<T> = { readonly [K in keyof T]: T[K] extends Option<infer V> ? V : Values<T[K]> };

function isOption(entry: Option<unknown> | OptionTable): entry is Option<unknown> {
  return "takes" in entry && "fallback" in entry;
}

/** All options of a table with their places in it, such as `lime.samples`. */
export function allOptions(table: OptionTable): { readonly path: string; readonly option: Option<unknown> }[] {
  return Object.entries(table).flatMap(([name, entry]) =>
    isOption(entry)
      ? [{ path: name, option: entry }]
      : allOptions(entry).map(({ path, option }) => ({ path: `${name}.${path}`, option })),
  );
}

/** A value for each option of a table. */
export function valuesOf<T extends object>(
  table: T,
  value: <V>(option: Option<V>, path: string) => V,
  above = "",
): Values<T> {
  const entries = Object.entries(table as OptionTable).map(([name, entry]) => {
    const path = `${above}${name}`;
    return [name, isOption(entry) ? value(entry, path) : valuesOf(entry, value, `${path}.`)];
  });
  return Object.fromEntries(entries) as Values<T>;
}

/** What stands at a place such as `lime.samples` of a value of unknown form; `undefined` where there is nothing. */
export function valueAt(values: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, name) => (typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined),
      values,
    );
}

/** Whether a value of unknown origin is one of the option's. */
export function fits<V>({ takes, fallback }: Option<V>, value: unknown): value is V {
  if (value === null) {
    return fallback === null;
  }
  switch (takes.kind) {
    case "choice":
      return takes.choices.some((one) => one === value);
    case "number":
      return isWithin(takes, value);
    case "whole":
      return (
        (isWithin(takes, value) && Number.isSafeInteger(value)) || (takes.word !== undefined && value === takes.word)
      );
    case "list":
      return Array.isArray(value) && value.every((name) => takes.of.some((one) => one === name));
    case "string":
      return typeof value === "string";
    case "map":
      return isFields(value) && Object.values(value).every((one) => typeof one === "string");
  }
}

function isWithin({ minimum, maximum }: { minimum: number; maximum: number }, value: unknown): value is number {
  return typeof value === "number" && value >= minimum && value <= maximum;
}

/** What an option takes, after "must be" or "takes". */
export function wanted({ takes, nothing }: Option<unknown>): string {
  switch (takes.kind) {
    case "choice":
      return `one of ${[...(nothing === undefined ? [] : [nothing]), ...takes.choices].join(", ")}`;
    case "number":
      return `a number from ${takes.minimum} to ${takes.maximum}`;
    case "whole":
      return `a whole number from ${takes.minimum} to ${takes.maximum}${takes.word === undefined ? "" : `, or ${takes.word}`}`;
    case "list":
      return `a list of ${takes.of.join(", ")}`;
    case "string":
      return "text";
    case "map":
      return "texts by name";
  }
}
