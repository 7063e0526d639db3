import { labellingOptions } from "./labellingOptions";
import { type MeasureId, measureIds, measures } from "./measure";
import { type MethodId, methodIds, usualMethods } from "./method";
import { choice, type Flag, fits, list, number, onOff, text, type Values, valueAt, valuesOf, whole } from "./option";
import { taskIds } from "./task";
import { writingOptions } from "./writingOptions";
import { zeroShotOptions } from "./zeroShotOptions";

/** How many noisy copies of a text gradient methods take. */
const usualCopies = 50;

const samplesFlag: Flag = {
  name: "samples",
  value: "N",
  heading: "Methods",
  words: `LIME: evaluations, at most (adaptive) or exactly (plain), default: {default}; Owen values, SHAP: at most, default: what --effort affords; SmoothGrad, GradientSHAP: noisy copies of the text, ${usualCopies} where nothing is said`,
};

const toleranceFlag: Flag = {
  name: "tolerance",
  value: "F",
  heading: "Methods",
  words:
    "LIME (adaptive), SHAP: no score likely to be off by more than this fraction of the largest; default: {default}",
};

const samplingFlag: Flag = {
  name: "sampling",
  value: "adaptive|plain",
  heading: "Methods",
  words:
    "LIME: stop when accurate, or the published procedure; Owen values: whether relevance guides them; default: {default}",
};

/** The most evaluations that may be asked for. */
const mostSamples = 1_000_000;

/**
 * Every option of an explanation, once: settings, command line, help, `package.json` and the engine's check of requests are made from this table
 * (`npm run manifest` writes it into `package.json`).
 */
export const options = {
  /** What the model is asked, of those that can be asked more than one thing; `null` takes what `config.json` says. */
  task: choice(taskIds, null, {
    flag: {
      name: "task",
      value: "TASK",
      heading: "Model",
      words: `what the model is asked: ${taskIds.join(", ")}; default: from config.json`,
    },
  }),
  /** A label or class index as text; `null` explains the prediction. */
  target: text(null, {
    flag: {
      name: "target",
      value: "LABEL|INDEX",
      heading: "Question",
      words: "default: the prediction; a number that is a label means the label",
    },
  }),
  /** The class whose log-odds the target is taken against. */
  versus: text(null, {
    flag: { name: "versus", value: "LABEL|INDEX", heading: "Question", words: "log-odds against another label" },
  }),
  /** The probability from which a class is said of a text, of models that give each class a probability of its own. */
  threshold: number([0, 1], 0.5, {
    setting: { key: "threshold", section: "explanation", order: 7 },
    flag: {
      name: "threshold",
      isOfSomeTasks: true,
      value: "P",
      heading: "Question",
      words: "the probability from which a class is said, where each has one of its own; default: {default}",
    },
  }),
  ...writingOptions,
  zeroShot: zeroShotOptions,
  ...labellingOptions,
  methods: list<MethodId>(methodIds, "method-unknown", usualMethods.all, {
    setting: { key: "methods", section: "explanation", order: 0, described: true },
    flag: {
      name: "method",
      value: "ID[,ID...]|all",
      heading: "Methods",
      words: `${methodIds.join(", ")}; default: {default}`,
    },
    flagFallback: [usualMethods.importance],
  }),
  /** Which method comes first: that of the list, or the one whose scores are the most faithful, among those of the list and what else the effort affords. */
  choose: choice(["given", "faithful"], "given", {
    flag: {
      name: "choose",
      value: "given|faithful",
      heading: "Methods",
      words:
        "faithful: runs what else the effort affords, measures all, and puts the most faithful method first, with why; default: {default}",
    },
  }),
  /** Measures of how faithful the scores are; none by default. */
  measures: list<MeasureId>(measureIds, "request-invalid", [], {
    flag: {
      name: "measures",
      value: "ID[,ID...]|all",
      heading: "Output",
      words: `how faithful the scores are: ${measureIds.map((id) => `${id} (${measures[id].words})`).join("; ")}; default: {default}`,
    },
  }),
  /** About how many seconds methods without a number of evaluations of their own may take on a computer with two cores; counted in multiplications, not by a clock. */
  effort: number([0.1, 3600], 4, {
    setting: { key: "effort", section: "explanation", order: 1 },
    flag: {
      name: "effort",
      value: "SECONDS",
      heading: "Methods",
      words:
        "about how long Owen values and SHAP may take on two cores, counted in multiplications; default: {default}",
    },
    grows: "with-effort",
  }),
  /** What gets a score; `auto` chooses by the length of the text. */
  units: choice(["auto", "token", "word", "sentence"], "auto", {
    setting: { key: "units", section: "explanation", order: 2, described: true },
    flag: {
      name: "units",
      value: "token|word|sentence|auto",
      heading: "Methods",
      words: "what gets a score; default: {default} (tokens; of a text too long to be read at once, sentences)",
    },
  }),
  /** What an absent token is replaced with; `delete` takes it out. */
  baseline: choice(["mask", "pad", "unk", "zero", "mean", "delete"], "mask", {
    setting: { key: "baseline", section: "explanation", order: 3, described: true },
    flag: {
      name: "baseline",
      value: "mask|pad|unk|zero|mean|delete",
      heading: "Methods",
      words: "what an absent token becomes; default: {default}",
    },
  }),
  /** A text whose words stand for those that are absent, in place of {@link options.baseline}; empty for none. */
  baselineText: text("", {
    setting: { key: "baselineText", section: "explanation", order: 4 },
    flag: {
      name: "baseline-text",
      value: "TEXT",
      heading: "Methods",
      words: "another text whose words absent tokens become, instead of --baseline; default: {default}",
    },
  }),
  /** Seed of everything random. */
  seed: whole([0, Number.MAX_SAFE_INTEGER], 0, {
    setting: { key: "seed", section: "explanation", order: 5 },
    flag: { name: "seed", value: "N", heading: "Methods", words: "seed of everything random; default: {default}" },
  }),
  /** How LIME draws and fits; see Ribeiro et al. 2016. */
  lime: {
    /** `adaptive` stops when its likely error is small; `plain` is the published procedure with a fixed number of samples. */
    mode: choice(["adaptive", "plain"], "adaptive", {
      setting: { key: "lime.mode", section: "lime", order: 0, described: true },
      flag: samplingFlag,
    }),
    /** Evaluations at most (adaptive) or exactly (plain). */
    samples: whole([2, mostSamples], 1000, {
      setting: { key: "lime.samples", section: "lime", order: 1 },
      flag: samplesFlag,
      grows: "with-effort",
    }),
    /** Adaptive: stop when no coefficient is likely to be off by more than this fraction of the largest. */
    tolerance: number([0.000001, 1], 0.1, {
      setting: { key: "lime.tolerance", section: "lime", order: 2 },
      flag: toleranceFlag,
      grows: "against-root",
    }),
    /** What is hidden together; `bag`: all occurrences of a word; `null`: what gets a score. */
    features: choice(["token", "word", "bag", "sentence"], null, {
      nothing: "auto",
      setting: { key: "lime.features", section: "lime", order: 3, described: true },
      flag: {
        name: "features",
        value: "token|word|bag|sentence|auto",
        heading: "Methods",
        words: "LIME: what is left out together; default: {default} (what gets a score)",
      },
    }),
    /** How many features to keep; `null` keeps all. */
    keep: whole([1, 10_000], null, {
      setting: { key: "lime.keep", section: "lime", order: 4 },
      flag: { name: "keep", value: "K", heading: "Methods", words: "LIME: keep only the K strongest features" },
    }),
  },
  /** How Owen values open the blocks of a text. */
  owen: {
    /** Whether what is not measured inside a block is shared after the relevance of its tokens instead of equally. */
    guided: onOff(true, { flag: samplingFlag, flagMeans: { adaptive: true, plain: false } }),
    /** Evaluations at most; `null` takes what the effort affords. */
    samples: whole([2, mostSamples], null, { flag: samplesFlag, grows: "with-effort" }),
  },
  /** How far gradient methods go. */
  gradients: {
    /** Points on the way from the baseline to the text, at most; fewer where the scores have settled. */
    steps: whole([1, 4096], 256, {
      setting: { key: "gradients.steps", section: "gradients", order: 0 },
      flag: {
        name: "steps",
        value: "N",
        heading: "Methods",
        words: "integrated gradients: points on the way from the baseline, at most; default: {default}",
      },
      grows: "with-effort",
    }),
    /** Noisy copies of the text. */
    samples: whole([2, mostSamples], usualCopies, {
      setting: { key: "gradients.samples", section: "gradients", order: 1 },
      flag: samplesFlag,
      grows: "with-effort",
    }),
  },
  /** How long Shapley values are sampled. */
  shapley: {
    /** Evaluations at most; `null` takes what the effort affords. */
    samples: whole([2, mostSamples], null, { flag: samplesFlag, grows: "with-effort" }),
    /** Stop when no score is likely to be off by more than this fraction of the largest. */
    tolerance: number([0.000001, 1], 0.1, { flag: toleranceFlag, grows: "against-root" }),
  },
  /** Layer of the methods that look at one, from 0; `null` is the last. In settings it is counted from 1. */
  layer: whole([0, 999], null, {
    setting: { key: "attention.layer", section: "display", order: 4 },
    flag: {
      name: "layer",
      value: "L",
      heading: "Methods",
      words: "attention, Grad-CAM and others that look at one: which layer, from 0; default: the last",
    },
  }),
};

/** The values of {@link options} for one explanation. */
export type RequestOptions = Values<typeof options>;

/** The defaults of a request. */
export const defaultOptions: RequestOptions & {
  readonly pair: string | null;
  readonly masked: readonly number[];
  readonly position: null;
} = {
  pair: null,
  masked: [],
  ...valuesOf(options, ({ fallback }) => fallback),
  position: null,
};

/** What the engine may take of the machine. */
export const machineOptions = {
  /** Threads of one run; 0 leaves it to the engine. */
  threads: whole([0, 1024], 0, {
    setting: { key: "engine.threads", section: "engine", order: 0, scope: "machine-overridable" },
    flag: {
      name: "threads",
      value: "N",
      heading: "Output",
      words: "threads of one run; default: chosen for the machine",
    },
  }),
  /** Megabytes for models and what is computed with them. */
  memoryMegabytes: whole([256, 1_048_576], 1024, {
    setting: { key: "engine.memory", section: "engine", order: 1, scope: "machine-overridable" },
    flag: {
      name: "memory",
      value: "MB",
      heading: "Output",
      words: "for models and runs (engine.memory in the editor); default: {default}",
    },
    flagFallback: 4096,
  }),
};

/** The options for so many times the effort: evaluations grow with it, and errors shrink with its root; none leaves its limits. */
export function moreExactOptions(given: RequestOptions, times: number): RequestOptions {
  return valuesOf(options, (option, path) => {
    const value = valueAt(given, path);
    const { takes, grows } = option;
    let grown = value;
    if (grows && typeof value === "number" && (takes.kind === "number" || takes.kind === "whole")) {
      const product = grows === "with-effort" ? value * times : value / Math.sqrt(times);
      const rounded = takes.kind === "whole" ? Math.round(product) : product;
      grown = Math.min(Math.max(rounded, takes.minimum), takes.maximum);
    }
    return fits(option, grown) ? grown : option.fallback;
  });
}
