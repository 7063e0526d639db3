import type { Attribution } from "../../common/explanation";
import type { MethodId } from "../../common/method";
import type { InsideMethod } from "../../methods/method";
import { attributionOf, type Piece, positionsOf, scaleOf } from "../attributionOf";
import { RowInside } from "../insideTarget";
import type { TextRun } from "../textRun";
import { attentionQuestion, readingNotes } from "./attention";

/** How many steps {@link insideAttribution} takes at most. */
export function plannedSteps(method: InsideMethod, run: Parameters<typeof attentionQuestion>[0]): number {
  const question = attentionQuestion(run);
  return run.text.inputs.reduce((sum, { positions }) => sum + method.planned(positions.length, question), 0);
}

/** Runs a method that looks inside the model on every window of a text. Throws `method-unavailable` for what the model does not have. */
export async function insideAttribution(id: MethodId, method: InsideMethod, run: TextRun): Promise<Attribution> {
  const { model, text, request, signal, reporter } = run;
  const start = performance.now();
  const question = attentionQuestion(run);
  reporter.phase(id, plannedSteps(method, run));
  const pieces: Piece[] = [];
  let before = 0;
  for (const input of text.inputs) {
    const control = { seed: request.seed, signal, onProgress: (done: number) => reporter.progress(before + done) };
    const scored = await method.run(new RowInside(input.row, run), question, control);
    pieces.push({ share: input.share, features: positionsOf(input), scored });
    before += method.planned(input.positions.length, question);
  }
  const findings = {
    method: id,
    scale: scaleOf(id, method, run),
    expected: text.inputs.length,
    pieces,
    isPartial: false,
    start,
  };
  const attribution = attributionOf(run, method, question, findings);
  return { ...attribution, notes: [...attribution.notes, ...readingNotes(model, text)] };
}
