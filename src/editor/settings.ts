import type { PerClass } from "../common/classColours";
import {
  type Baseline,
  defaultOptions,
  type ExplainRequest,
  effortLimits,
  type LimeFeatures,
  type LimeOptions,
} from "../common/explanation";
import { attentionMethods, importanceMethods, type MethodId, methodIds, usualMethods } from "../common/method";
import { settingKeys } from "./ids";

/** The person's settings after checking; what was out of range fell back to the default. */
export interface Settings {
  /** A model folder as written by the person; empty means the bundled model. */
  readonly modelPath: string;
  /** Whether {@link modelPath} names another computer or a device and is not the person's own setting: looking for it would tell that computer who they are. */
  readonly modelPathRefused: boolean;
  readonly modelFile: string | null;
  readonly methods: readonly MethodId[];
  readonly units: ExplainRequest["units"];
  readonly baseline: Baseline;
  readonly seed: number;
  readonly lime: LimeOptions;
  /** See {@link ExplainRequest.effort}. */
  readonly effort: number;
  /** Layer of the attention method from 0; `null` is the last. */
  readonly layer: number | null;
  readonly showImportance: boolean;
  readonly importanceMethod: MethodId;
  readonly showAttention: boolean;
  readonly attentionMethod: MethodId;
  readonly perClass: PerClass;
  readonly showNote: boolean;
  /** Threads of one run; 0 leaves it to the engine. */
  readonly threads: number;
  readonly memoryMegabytes: number;
}

/** Limits of the numeric settings; `package.json` states the same. */
export const settingLimits = {
  seed: { minimum: 0, maximum: 2 ** 32 - 1 },
  keep: { minimum: 0, maximum: 10_000 },
  effort: effortLimits,
  samples: { minimum: 10, maximum: 100_000 },
  tolerance: { minimum: 0.001, maximum: 1 },
  layer: { minimum: 0, maximum: 1000 },
  threads: { minimum: 0, maximum: 64 },
  memory: { minimum: 256, maximum: 65_536 },
} as const;

/** Default of the engine's memory setting, in megabytes. */
export const defaultMemoryMegabytes = 1024;

/** Reads one setting by its key below the section; whatever a settings file holds may come back. */
export type ReadSetting = (key: string) => unknown;

function integer(value: unknown, limits: { minimum: number; maximum: number }, fallback: number): number {
  return typeof value === "number" && Number.isInteger(value) && value >= limits.minimum && value <= limits.maximum
    ? value
    : fallback;
}

function fraction(value: unknown, limits: { minimum: number; maximum: number }, fallback: number): number {
  return typeof value === "number" && value >= limits.minimum && value <= limits.maximum ? value : fallback;
}

function flag<T extends boolean | null>(value: unknown, fallback: T): boolean | T {
  return typeof value === "boolean" ? value : fallback;
}

function choice<T extends string>(value: unknown, choices: readonly T[], fallback: T): T {
  return choices.find((candidate) => candidate === value) ?? fallback;
}

function path(value: unknown): string {
  return typeof value === "string" && value.length <= 4096 && !value.includes("\0") ? value.trim() : "";
}

/** Whether a path, on Windows, leads to another computer or a device: `\\host\share`, `//host/share`, `\\?\…`, `\\.\…`, `\??\…`. */
export function isNetworkPath(written: string): boolean {
  return /^[\\/](?:[\\/]|\?\?)/.test(written);
}

const unitKinds: readonly ExplainRequest["units"][] = ["auto", "token", "word", "sentence"];
const baselines: readonly Baseline[] = ["mask", "pad", "unk", "zero", "delete"];
const limeModes: readonly LimeOptions["mode"][] = ["adaptive", "plain"];
const limeFeatures: readonly LimeFeatures[] = ["token", "word", "bag", "sentence"];

/** The settings that are one of a few values, with those; `package.json` offers the same. */
export const settingChoices: readonly (readonly [key: string, choices: readonly (string | boolean)[]])[] = [
  [settingKeys.units, unitKinds],
  [settingKeys.baseline, baselines],
  [settingKeys.limeMode, limeModes],
  [settingKeys.limeFeatures, ["auto", ...limeFeatures]],
  [settingKeys.importanceMethod, importanceMethods],
  [settingKeys.attentionMethod, attentionMethods],
  [settingKeys.coloursPerClass, ["auto", true, false]],
  [settingKeys.importanceShow, [true, false]],
  [settingKeys.attentionShow, [true, false]],
  [settingKeys.noteShow, [true, false]],
];

/**
 * The settings that `read` gives, each checked: settings files come with workspaces and are not trusted to fit the schema. `readOwn` gives those of the
 * person alone.
 */
export function settingsFrom(read: ReadSetting, readOwn: ReadSetting): Settings {
  const modelPath = path(read(settingKeys.modelPath));
  const wanted = read(settingKeys.methods);
  const chosen = Array.isArray(wanted) ? methodIds.filter((id) => wanted.includes(id)) : [];
  const importanceMethod = choice(read(settingKeys.importanceMethod), importanceMethods, usualMethods.importance);
  const attentionMethod = choice(read(settingKeys.attentionMethod), attentionMethods, usualMethods.attention);
  const showImportance = flag(read(settingKeys.importanceShow), true);
  const showAttention = flag(read(settingKeys.attentionShow), true);
  const base: readonly MethodId[] = chosen.length > 0 ? chosen : defaultOptions.methods;
  const needed = methodIds.filter(
    (id) =>
      base.includes(id) || (showImportance && id === importanceMethod) || (showAttention && id === attentionMethod),
  );
  // What colours the text is computed, and shown in the panel, before the others.
  const methods = showImportance ? [importanceMethod, ...needed.filter((id) => id !== importanceMethod)] : needed;
  const keep = integer(read(settingKeys.limeKeep), settingLimits.keep, 0);
  const layer = integer(read(settingKeys.attentionLayer), settingLimits.layer, 0);
  return {
    modelPath,
    modelPathRefused: isNetworkPath(modelPath) && modelPath !== path(readOwn(settingKeys.modelPath)),
    modelFile: path(read(settingKeys.modelFile)) || null,
    methods,
    units: choice(read(settingKeys.units), unitKinds, defaultOptions.units),
    baseline: choice<Baseline>(read(settingKeys.baseline), baselines, defaultOptions.baseline),
    seed: integer(read(settingKeys.seed), settingLimits.seed, defaultOptions.seed),
    lime: {
      mode: choice<LimeOptions["mode"]>(read(settingKeys.limeMode), limeModes, defaultOptions.lime.mode),
      features: limeFeatures.find((kind) => kind === read(settingKeys.limeFeatures)) ?? defaultOptions.lime.features,
      keep: keep === 0 ? null : keep,
      samples: integer(read(settingKeys.limeSamples), settingLimits.samples, defaultOptions.lime.samples),
      tolerance: fraction(read(settingKeys.limeTolerance), settingLimits.tolerance, defaultOptions.lime.tolerance),
    },
    effort: fraction(read(settingKeys.effort), settingLimits.effort, defaultOptions.effort),
    layer: layer === 0 ? null : layer - 1,
    showImportance,
    importanceMethod,
    showAttention,
    attentionMethod,
    perClass: flag(read(settingKeys.coloursPerClass), null) ?? "auto",
    showNote: flag(read(settingKeys.noteShow), true),
    threads: integer(read(settingKeys.engineThreads), settingLimits.threads, 0),
    memoryMegabytes: integer(read(settingKeys.engineMemory), settingLimits.memory, defaultMemoryMegabytes),
  };
}
