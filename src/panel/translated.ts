import { doubtsOf } from "../common/doubts";
import { type ErrorData, ExplainError } from "../common/errors";
import type { Explanation } from "../common/explanation";
import { type Message, message } from "../common/message";
import type { PanelPlan, PanelStudy, SaidSentences } from "../common/panelProtocol";
import type { PanelStrings } from "../common/panelStrings";
import type { FileStudy } from "../editor/fileStudies";
import { type Translate, translateMessage } from "../editor/translate";

/** The sentences of an explanation in the person's language; what is no doubt stands in the panel's line about the text. */
export function saidSentences(explanation: Explanation, translate: Translate): SaidSentences {
  const said = (text: Message): string => translateMessage(translate, text);
  return {
    warnings: doubtsOf(explanation, undefined).map(said),
    notes: explanation.attributions.map(({ notes }) => notes.map(said)),
  };
}

/** Anything thrown as data whose sentence is in the person's language. */
export function translateError(thrown: unknown, translate: Translate): ErrorData {
  const { reason, text } = ExplainError.from(thrown);
  return { reason, message: message(translateMessage(translate, text)) };
}

/** A plan whose reasons are in the person's language. */
export function translatePlan(plan: PanelPlan, translate: Translate): PanelPlan {
  const said = (why: Message | null) => why && message(translateMessage(translate, why));
  return { ...plan, methods: plan.methods.map((one) => ({ ...one, why: said(one.why) })) };
}

/** The study of a file whose sentences are in the person's language. */
export function translateStudy({ why, study, ...rest }: FileStudy, translate: Translate): PanelStudy {
  const unchanged = study?.unchanged ? message(translateMessage(translate, study.unchanged)) : null;
  return { ...rest, why: why && translateMessage(translate, why), study: study && { ...study, unchanged } };
}

/** The panel's words in the person's language; gaps stay gaps. */
export async function translatePanelStrings(translate: Translate): Promise<PanelStrings> {
  const { panelStrings } = await import("../common/panelStrings");
  const entries = Object.entries(panelStrings).map(([key, words]) => [key, translate(words)]);
  return { ...panelStrings, ...Object.fromEntries(entries) };
}
