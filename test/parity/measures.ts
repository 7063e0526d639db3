/** For `measures.py`: reads lines {model, text, methods}, answers each with the text's tokens, what the product's measures say of each method, and what they drew: the masks of infidelity, and the noisy embeddings of max-sensitivity. */
import { createInterface } from "node:readline";
import type { Explanation } from "../../src/common/explanation";
import type { MethodId } from "../../src/common/method";
import { defaultOptions } from "../../src/common/options";
import { embeddedAttribution } from "../../src/engine/drivers/embedded";
import { hideableUnits, scoresAt } from "../../src/engine/drivers/measurable";
import { explainText } from "../../src/engine/explain";
import type { LoadedModel } from "../../src/engine/loadedModel";
import { ModelStore } from "../../src/engine/modelStore";
import { prepareText } from "../../src/engine/preparedText";
import { predictText } from "../../src/engine/readText";
import { RunReporter } from "../../src/engine/runReporter";
import type { TextRun } from "../../src/engine/textRun";
import { TextTarget } from "../../src/engine/textTarget";
import { infidelity } from "../../src/measures/infidelity";
import { maxSensitivity } from "../../src/measures/maxSensitivity";
import type { Circumstance, Compared } from "../../src/measures/measure";
import type { MaskedTarget } from "../../src/methods/maskedTarget";
import { fitRequest } from "../../src/methods/plan";
import { implementations } from "../../src/methods/registry";

const { signal } = new AbortController();
const measures = ["comprehensiveness", "sufficiency", "infidelity", "maxSensitivity"] as const;

async function answer(loaded: LoadedModel, text: string, methods: readonly MethodId[]) {
  const request = {
    ...defaultOptions,
    model: loaded.folder.reference,
    text,
    pair: null,
    masked: [],
    units: "token",
    methods,
    measures,
  } as const;
  const reporter = new RunReporter(() => undefined);
  const explanation = await explainText(loaded, request, signal, reporter);
  const { target, text: read } = await predictText(loaded, prepareText(request, loaded), request, signal);
  const run = { model: loaded, text: read, request: fitRequest(request, read), target, signal, reporter };
  const [first] = methods;
  return {
    ids: explanation.tokens.map(({ id }) => id),
    special: explanation.tokens.map(({ special }) => special),
    label: explanation.target.label,
    hidden: await drawnMasks(run),
    noisy: first ? await drawnEmbeddings(first, run) : [],
    methods: methods.map((method) => ({ method, ...found(explanation, run, method) })),
  };
}

function found(explanation: Explanation, { text }: TextRun, id: MethodId) {
  const attribution = explanation.attributions.find(({ method }) => method === id);
  const values = explanation.measures.find(({ method }) => method === id)?.values ?? {};
  return {
    scores: scoresAt(hideableUnits(text, "token"), attribution?.scores ?? []),
    ...Object.fromEntries(measures.map((measure) => [measure, values[measure]?.value])),
  };
}

/** The rows that infidelity asks for, the whole text first. */
async function drawnMasks(run: TextRun): Promise<number[][]> {
  const target = new TextTarget(run, run.text.inputs, hideableUnits(run.text, "token").features);
  const { features, link } = target;
  const seen: number[][] = [];
  const watched: MaskedTarget = {
    features,
    link,
    evaluate: (rows, ...rest) => {
      for (let at = 0; at < rows.length; at += features) {
        seen.push(Array.from(rows.subarray(at, at + features)));
      }
      return target.evaluate(rows, ...rest);
    },
  };
  const question = { target: watched, scores: new Float64Array(features), signed: true, method: null };
  await infidelity.run(question, { seed: run.request.seed, signal });
  return seen;
}

/** Scores that are not looked at. */
const alike: Compared = [[1], [1]];

/** The embeddings on which max-sensitivity runs a method again. */
async function drawnEmbeddings(id: MethodId, run: TextRun): Promise<number[][]> {
  const method = implementations[id];
  const seen: number[][] = [];
  if (method.asks !== "embedded") {
    return seen;
  }
  const watched: typeof method = {
    ...method,
    run: (target, ...rest) => {
      seen.push(Array.from(target.input));
      return method.run(target, ...rest);
    },
  };
  const rerunnable = {
    cost: 1,
    text: null,
    draws: false,
    layers: () => 0,
    hasOtherLabel: false,
    noiseCost: 1,
    again: async (circumstance: Circumstance) => {
      // Without noise nothing is drawn.
      if (circumstance.kind === "noise" && circumstance.radius > 0) {
        await embeddedAttribution(id, watched, { ...run, noise: { ...circumstance, steps: null } });
      }
      return alike;
    },
  };
  const target = new TextTarget(run, run.text.inputs, hideableUnits(run.text, "token").features);
  await maxSensitivity.run(
    { target, scores: [], signed: true, method: rerunnable },
    { seed: run.request.seed, signal },
  );
  return seen;
}

const store = new ModelStore({ threads: 2, memoryMegabytes: 1024 });
for await (const line of createInterface({ input: process.stdin })) {
  const { model, text, methods } = JSON.parse(line);
  await store.use({ directory: model, file: null }, async (loaded) => {
    process.stdout.write(`${JSON.stringify(await answer(loaded, text, methods))}\n`);
  });
}
await store.dispose();
