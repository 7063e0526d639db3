import type { Attribution } from "../common/explanation";
import { message } from "../common/message";
import { type MethodId, methodInfo } from "../common/method";
import { defaultOptions } from "../common/options";
import type { RuleSetName } from "../graph/gradient/ruleSets";
import { type Balance, balanceOf } from "../methods/balance";
import { type Decomposition, deepLiftContributions, layerwiseRelevance } from "../methods/decompositions";
import {
  type EmbeddedTarget,
  type GradientResult,
  gradientXInput,
  type Integral,
  integratedGradients,
  saliency,
  smoothGrad,
  smoothGradDefaults,
} from "../methods/gradients";
import type { MethodRun } from "../methods/methodRun";
import type { FittedRequest } from "../methods/plan";
import { plannedEvaluations } from "../methods/registry";
import { targetKind } from "../tasks/classification";
import { tokenAttribution, toUnits } from "./attributions";
import { tokenBaseline } from "./baseline";
import type { GradientSession } from "./gradientSession";
import { checkMachine } from "./memory";
import type { WindowInput } from "./preparedText";
import { figuresOf, type TextRun } from "./textRun";

const gradientMethods = {
  saliency,
  gradientXInput,
  smoothGrad,
  integratedGradients,
  deepLift: deepLiftContributions,
  lrp: layerwiseRelevance,
} as const satisfies Partial<
  Record<MethodId, (target: EmbeddedTarget, run: MethodRun) => Promise<GradientResult & Partial<Decomposition>>>
>;
/** A method of {@link isGradientMethod}. */
export type GradientMethod = keyof typeof gradientMethods;
/** The methods that go back through the model by other rules than those of the gradient. */
const ruleSetOf: Partial<Record<GradientMethod, RuleSetName>> = { deepLift: "deepLift", lrp: "relevance" };

/** Whether a method works on gradients with respect to word embeddings. */
export function isGradientMethod(method: MethodId): method is GradientMethod {
  return method in gradientMethods;
}

/** The rule set by which a method goes back through the model; `undefined` for methods that do not. */
export function rulesOf(method: MethodId): RuleSetName | undefined {
  return isGradientMethod(method) ? (ruleSetOf[method] ?? "gradient") : undefined;
}

/** What a gradient method found: by the units of the request, and by token. */
export interface GradientFinding {
  readonly attribution: Attribution;
  readonly byToken: readonly number[];
}

/** Runs a gradient method on every window of a text. Throws what `LoadedModel.gradients` throws. */
export async function gradientAttribution(method: GradientMethod, run: TextRun): Promise<GradientFinding> {
  const { model, text, target, request, reporter } = run;
  const { seed, baseline } = request;
  const start = performance.now();
  reporter.phase(method, text.inputs.length * plannedEvaluations(method, text.tokens.length, request));
  const absent = text.baseline.vector === "zero" ? null : text.baseline.placeholder;
  const { windows, evaluations, excess } = await model.gradients.use(
    ruleSetOf[method] ?? "gradient",
    async (session) => {
      const needed = await roomFor(run, session);
      return { ...(await runWindows(method, run, session, absent)), excess: model.memory.excessOfRun(needed) };
    },
  );
  const parameters = {
    ...(method === "smoothGrad" ? { seed, ...smoothGradDefaults } : {}),
    ...(method === "integratedGradients" || method === "deepLift"
      ? { baseline: absent === null ? "zero" : tokenBaseline(baseline) }
      : {}),
  };
  const signed = targetKind(model.head, target);
  const { units } = request;
  const tokens = tokenAttribution(
    text,
    method,
    methodInfo(method).scores === "signed" ? signed : "none",
    windows.map(({ input, result }) => ({ input, values: result.scores })),
    {},
    { ...figuresOf(run, start, parameters), units: "token" },
  );
  const attribution = { ...tokens, units, scores: toUnits(text, tokens.scores, units, method) };
  const notes = excess ? [excess] : [];
  const integrals = windows.flatMap(({ result }) => result.integral ?? []);
  const sum = sumOf(windows, attribution);
  const found = {
    ...attribution,
    ...(sum && integrals.length > 0 ? completeness(integrals, sum, attribution) : {}),
    ...(sum && integrals.length === 0 ? balanced(method, sum) : {}),
    ...(method === "smoothGrad" ? smoothness(windows, request) : {}),
    ...(windows.some(({ result }) => result.isRounding) ? { notes: [lengthless] } : {}),
    evaluations,
  };
  return { attribution: { ...found, notes: [...found.notes, ...notes] }, byToken: tokens.scores };
}

/** Makes room for the runs of a text's longest window; returns what they and the model take together. Throws `not-enough-memory`. */
async function roomFor({ model, text }: TextRun, session: GradientSession): Promise<number> {
  const run = session.runBytes(Math.max(...text.inputs.map(({ row }) => row.ids.length)));
  const needed = model.session.bytes + session.bytes + run;
  checkMachine(model.folder.file, needed);
  await model.makeRoom(run);
  return needed;
}

type WindowGradient = { readonly input: WindowInput; readonly result: GradientResult & Partial<Decomposition> };

interface WindowGradients {
  readonly windows: readonly WindowGradient[];
  readonly evaluations: number;
}

/** A method on every window; `absent` is the token without content, or `null` for zeros. */
async function runWindows(
  method: GradientMethod,
  { text, target, request, signal, reporter }: TextRun,
  session: GradientSession,
  absent: number | null,
): Promise<WindowGradients> {
  const windows: WindowGradient[] = [];
  let evaluations = 0;
  for (const input of text.inputs) {
    const before = evaluations;
    const content = Uint8Array.from(input.positions, (token) => (text.tokens[token]?.special === false ? 1 : 0));
    const embedded = session.target(input.row, target, content, absent);
    const control = { seed: request.seed, signal, onProgress: (done: number) => reporter.progress(before + done) };
    const result = await gradientMethods[method](embedded, control);
    evaluations += result.evaluations;
    windows.push({ input, result });
  }
  return { windows, evaluations };
}

/** How far a decomposition adds up: what relevance misses lies in biases, positions and Softmax. */
function balanced(method: GradientMethod, { baseValue, fullValue, gap }: Balance): Sum & Pick<Attribution, "quality"> {
  const percent = (100 * gap).toFixed(1);
  return method === "lrp"
    ? {
        baseValue,
        fullValue,
        quality: { conservationGap: gap },
        notes: [message("The scores miss the target by {0} %: what biases, positions and Softmax take.", percent)],
      }
    : {
        baseValue,
        fullValue,
        quality: { completenessGap: gap },
        notes: [message("The scores add up to the change of the prediction within {0} %.", percent)],
      };
}

/** How far integrated gradients add up to what they should. */
function completeness(
  integrals: readonly Integral[],
  { baseValue, fullValue, gap }: Balance,
  { parameters }: Attribution,
): Sum & Pick<Attribution, "parameters" | "quality" | "converged"> {
  const percent = (100 * gap).toFixed(1);
  const steps = Math.max(...integrals.map((integral) => integral.steps));
  const converged = integrals.every((integral) => integral.converged);
  const note = converged
    ? message("The scores add up to the change of the prediction within {0} %, with {1} steps.", percent, steps)
    : message(
        "Not converged: after {1} steps the scores still move; they miss the change of the prediction by {0} %.",
        percent,
        steps,
      );
  return {
    baseValue,
    fullValue,
    parameters: { ...parameters, steps },
    quality: { completenessGap: gap },
    converged,
    notes: [note],
  };
}

/** How far the samples of SmoothGrad agree, at its worst window. */
function smoothness(
  windows: readonly WindowGradient[],
  { lime }: Pick<FittedRequest, "lime">,
): Pick<Attribution, "quality" | "notes"> {
  const spread = Math.max(...windows.map(({ result }) => result.spread ?? 0));
  const { samples } = smoothGradDefaults;
  return {
    quality: { spread },
    notes: [
      message(
        "Two halves of the {0} samples differ by at most {1} % of the largest score.",
        samples,
        (100 * spread).toFixed(1),
      ),
      ...(lime.samples === defaultOptions.lime.samples
        ? []
        : [message("The number of samples asked for is that of LIME; SmoothGrad always takes {0}.", samples)]),
    ],
  };
}

const lengthless = message(
  "The model normalises each embedding before it reads it, so that its length changes nothing: gradient × input is 0 here. Choose integrated gradients.",
);

type Sum = Pick<Attribution, "notes" | "baseValue" | "fullValue">;

/** What the scores of all windows add up to: the mean of the windows, as they are merged; `undefined` for methods without a sum. */
function sumOf(windows: readonly WindowGradient[], { scores, specials }: Attribution): Balance | undefined {
  let [baseValue, fullValue] = [0, 0];
  for (const { input, result } of windows) {
    const own = result.balance ?? result.integral;
    if (!own) {
      return undefined;
    }
    baseValue += input.share * own.baseValue;
    fullValue += input.share * own.fullValue;
  }
  return balanceOf([...scores, ...specials.map(({ score }) => score)], baseValue, fullValue);
}
