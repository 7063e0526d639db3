import { fieldsOf } from "../common/checks";
import type { PerClass } from "../common/classColours";
import {
  attentionMethods,
  type ColouringChoice,
  importanceMethods,
  isMethodId,
  type MethodId,
  methodIds,
  usualMethods,
} from "../common/method";
import {
  allOptions,
  choice,
  fits,
  map,
  type Option,
  onOff,
  type SettingPlace,
  text,
  type Values,
  valuesOf,
} from "../common/option";
import { machineOptions, options, type RequestOptions } from "../common/options";
import { settingKeys } from "./ids";

/** The settings of how the editor shows an explanation. */
const displayOptions = {
  showImportance: onOff(true, { setting: { key: settingKeys.importanceShow, section: "display", order: 0 } }),
  importanceMethod: choice<ColouringChoice, ColouringChoice>([...importanceMethods, "auto"], usualMethods.importance, {
    setting: { key: settingKeys.importanceMethod, section: "display", order: 1 },
  }),
  showAttention: onOff(true, { setting: { key: settingKeys.attentionShow, section: "display", order: 2 } }),
  attentionMethod: choice<MethodId, MethodId>(attentionMethods, usualMethods.attention, {
    setting: { key: settingKeys.attentionMethod, section: "display", order: 3 },
  }),
  perClass: choice<PerClass, PerClass>(["auto", true, false], "auto", {
    setting: { key: settingKeys.coloursPerClass, section: "display", order: 5, described: true },
  }),
  showNote: onOff(true, { setting: { key: settingKeys.noteShow, section: "display", order: 6 } }),
};

/** The settings that name a model, and how text is read, which is asked for each language. */
const sourceOptions = {
  modelPath: text("", {
    setting: { key: settingKeys.modelPath, section: "model", order: 0, scope: "machine-overridable" },
  }),
  modelFile: text("", {
    setting: { key: settingKeys.modelFile, section: "model", order: 1, scope: "machine-overridable" },
  }),
  modelByPattern: map(
    {},
    { setting: { key: settingKeys.modelByPattern, section: "model", order: 2, scope: "machine-overridable" } },
  ),
  readText: onOff(true, {
    setting: { key: settingKeys.textRead, section: "explanation", order: 6, scope: "language-overridable" },
  }),
};

/** An option that has a setting. */
export type Settable = Option<unknown> & { readonly setting: SettingPlace };

/** Every option that can be set in the editor. */
export const settable: readonly Settable[] = allOptions({
  options,
  displayOptions,
  sourceOptions,
  machineOptions,
}).flatMap(({ option }) => (option.setting ? [{ ...option, setting: option.setting }] : []));

/** The model that documents get whose name or language fits. */
export interface ModelPattern {
  /** A glob for a name, or for a path where it has a slash; or a language in brackets. */
  readonly pattern: string;
  /** A path, or the name of a model that is found on this machine. */
  readonly model: string;
  /** As {@link Settings.modelPathRefused}. */
  readonly refused: boolean;
}

/** The person's settings after checking; what was out of range fell back to the default. */
export interface Settings extends Values<typeof displayOptions>, Values<typeof machineOptions> {
  /** A model folder as written by the person; empty means the bundled model. */
  readonly modelPath: string;
  /** Whether {@link modelPath} names another computer or a device and is not the person's own setting: looking for it would tell that computer who they are. */
  readonly modelPathRefused: boolean;
  readonly modelFile: string | null;
  /** Which model some documents get, the most particular first. */
  readonly modelPatterns: readonly ModelPattern[];
  /** What is asked of the engine. */
  readonly options: RequestOptions;
}

/** Reads one setting by its key below the section; whatever a settings file holds may come back. */
export type ReadSetting = (key: string) => unknown;

/** How a number that may be left open is written in a setting: 0 leaves it open, and its least value is 1. */
function writtenFrom({ takes, fallback }: Option<unknown>): number {
  return fallback === null && takes.kind === "whole" ? 1 - takes.minimum : 0;
}

/** The limits of a setting's numbers; `null` where it takes none. */
export function settingLimits(option: Option<unknown>): { readonly minimum: number; readonly maximum: number } | null {
  const { takes, fallback } = option;
  if (takes.kind !== "number" && takes.kind !== "whole") {
    return null;
  }
  return fallback === null
    ? { minimum: 0, maximum: takes.maximum + writtenFrom(option) }
    : { minimum: takes.minimum, maximum: takes.maximum };
}

/** The value that a setting means, or `undefined` where it has none that the option takes. */
export function settingValue<V>(option: Option<V>, written: unknown): V | undefined {
  const { takes, nothing } = option;
  if (takes.kind === "list") {
    const known = Array.isArray(written) ? takes.of.filter((name) => written.includes(name)) : [];
    return known.length > 0 && fits(option, known) ? known : undefined;
  }
  const isOpen = option.fallback === null && (nothing === undefined ? written === 0 : written === nothing);
  const value = isOpen ? null : typeof written === "number" ? written - writtenFrom(option) : written;
  return (isOpen || value !== null) && fits(option, value) ? value : undefined;
}

function path(value: unknown): string {
  return typeof value === "string" && value.length <= 4096 && !value.includes("\0") ? value.trim() : "";
}

/** Whether a path, on Windows, leads to another computer or a device: `\\host\share`, `//host/share`, `\\?\…`, `\\.\…`, `\??\…`. */
export function isNetworkPath(written: string): boolean {
  return /^[\\/](?:[\\/]|\?\?)/.test(written);
}

/**
 * The settings that `read` gives, each checked: settings files come with workspaces and are not trusted to fit the schema. `readOwn` gives those of the
 * person alone.
 */
export function settingsFrom(read: ReadSetting, readOwn: ReadSetting): Settings {
  const settingOf = <V>(option: Option<V>): V => {
    const value = option.setting ? settingValue(option, read(option.setting.key)) : undefined;
    return value === undefined ? option.fallback : value;
  };
  const asked = valuesOf(options, settingOf);
  const display = valuesOf(displayOptions, settingOf);
  const modelPath = path(read(settingKeys.modelPath));
  return {
    ...display,
    ...valuesOf(machineOptions, settingOf),
    modelPath,
    modelPathRefused: isNetworkPath(modelPath) && modelPath !== path(readOwn(settingKeys.modelPath)),
    modelFile: path(read(settingKeys.modelFile)) || null,
    modelPatterns: modelPatterns(read(settingKeys.modelByPattern), readOwn(settingKeys.modelByPattern)),
    options: {
      ...asked,
      methods: withColours(asked.methods, display),
      choose: display.showImportance && !isMethodId(display.importanceMethod) ? "faithful" : "given",
    },
  };
}

/** What is longer says more; languages come last. */
function modelPatterns(written: unknown, own: unknown): ModelPattern[] {
  const mine = fieldsOf(own);
  return Object.entries(fieldsOf(written))
    .map(([pattern, value]) => ({ pattern, value, model: path(value) }))
    .filter(({ pattern, model }) => pattern.length <= 500 && model !== "")
    .map(({ pattern, value, model }) => ({ pattern, model, refused: isNetworkPath(model) && mine[pattern] !== value }))
    .sort(
      (a, b) => Number(isLanguage(a.pattern)) - Number(isLanguage(b.pattern)) || b.pattern.length - a.pattern.length,
    );
}

/** Whether a pattern is a language, as settings write it: `[markdown]`. */
export function isLanguage(pattern: string): boolean {
  return /^\[.+\]$/.test(pattern);
}

/** The methods to run: those of the list and those that colour the text, whose colours are computed, and shown in the panel, before the others. */
function withColours(listed: readonly MethodId[], display: Values<typeof displayOptions>): readonly MethodId[] {
  const { showImportance, importanceMethod, showAttention, attentionMethod } = display;
  const needed = methodIds.filter(
    (id) =>
      listed.includes(id) || (showImportance && id === importanceMethod) || (showAttention && id === attentionMethod),
  );
  return showImportance && isMethodId(importanceMethod)
    ? [importanceMethod, ...needed.filter((id) => id !== importanceMethod)]
    : needed;
}
