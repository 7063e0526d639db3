import { ExplainError } from "../../common/errors";
import type { Attribution } from "../../common/explanation";
import type { MethodId } from "../../common/method";
import type { EmbeddedTarget } from "../../methods/embedded";
import { SeededRandom } from "../../methods/maths/random";
import type { EmbeddedMethod, Question } from "../../methods/method";
import { attributionOf, type Piece, positionsOf, scaleOf, tokenScores } from "../attributionOf";
import { idAt } from "../baseline";
import type { GradientSession } from "../gradientSession";
import { checkMachine } from "../memory";
import type { TextRun } from "../textRun";

/** What a gradient method found: by the units of the request, and by token. */
export interface EmbeddedFinding {
  readonly attribution: Attribution;
  /** Special tokens have 0. */
  readonly byToken: readonly number[];
}

/** How many passes back {@link embeddedAttribution} takes at most. */
export function plannedPasses(method: EmbeddedMethod, run: Pick<TextRun, "text" | "request" | "noise">): number {
  return run.text.inputs.length * method.planned(questionOf(run));
}

function questionOf({ request, text, noise }: Pick<TextRun, "text" | "request" | "noise">): Question {
  return { request, baseline: text.baseline.ofEmbeddings, steps: noise?.steps ?? null };
}

/** Runs a method that goes back to word embeddings on every window of a text. Throws what `LoadedModel.gradients` throws. */
export async function embeddedAttribution(
  id: MethodId,
  method: EmbeddedMethod,
  run: TextRun,
): Promise<EmbeddedFinding> {
  const { model, text, reporter } = run;
  const start = performance.now();
  const expected = text.inputs.length;
  const question = questionOf(run);
  reporter.phase(id, plannedPasses(method, run));
  if (!model.gradients) {
    throw new ExplainError("method-unavailable", "The model has no gradients. Choose another method.");
  }
  const { pieces, excess } = await model.gradients.use(method.rules, async (session) => {
    const bytes = session.runBytes(Math.max(...text.inputs.map(({ row }) => row.ids.length)));
    const needed = model.session.bytes + session.bytes + bytes;
    checkMachine(model.folder.file, needed);
    const found = await model.withRoom(bytes, () => runWindows(method, question, run, session));
    return { pieces: found, excess: model.memory.excessOfRun(needed) };
  });
  const findings = { method: id, scale: scaleOf(id, method, run), expected, pieces, isPartial: false, start };
  const attribution = attributionOf(run, method, question, findings);
  return {
    attribution: excess ? { ...attribution, notes: [...attribution.notes, excess] } : attribution,
    byToken: tokenScores(text, pieces).map((score, token) => (text.tokens[token]?.special ? 0 : score)),
  };
}

async function runWindows(
  method: EmbeddedMethod,
  question: Question,
  { text, target, request, signal, reporter, noise }: TextRun,
  session: GradientSession,
): Promise<Piece[]> {
  const pieces: Piece[] = [];
  const still = new Set([...text.masked, ...text.fixed]);
  for (const input of text.inputs) {
    const before = pieces.reduce((sum, { scored }) => sum + scored.evaluations, 0);
    const content = Uint8Array.from(input.positions, (token) => (text.tokens[token]?.special === false ? 1 : 0));
    // What is masked stays so in the text without content, as under methods that replace tokens.
    const baseline = input.row.ids.map((id, position) => {
      const token = input.positions[position] ?? -1;
      return content[position] === 1 && !still.has(token) ? idAt(text.baseline.embedded, token) : id;
    });
    const clean = await session.target(input.row, target, content, baseline);
    const embedded = noise ? { ...clean, input: noisy(clean, noise, request.seed) } : clean;
    const control = { seed: request.seed, signal, onProgress: (done: number) => reporter.progress(before + done) };
    pieces.push({
      share: input.share,
      features: positionsOf(input),
      scored: await method.run(embedded, question, control),
    });
  }
  return pieces;
}

const noiseStream = 401;

/** Word embeddings with noise on those of the text's own tokens. */
function noisy(
  { input, content, width }: EmbeddedTarget,
  { radius, draw }: NonNullable<TextRun["noise"]>,
  seed: number,
): Float32Array {
  const random = SeededRandom.fromSeed(seed, noiseStream + draw);
  return input.map((value, at) =>
    content[Math.floor(at / width)] === 1 ? value + radius * (2 * random.uniform() - 1) : value,
  );
}
