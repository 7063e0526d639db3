import { albert } from "./albert";
import type { Architecture, Head } from "./architecture";
import { bart } from "./bart";
import { bert } from "./bert";
import { bloom } from "./bloom";
import { debertaV2 } from "./debertaV2";
import { distilbert } from "./distilbert";
import { electra } from "./electra";
import { gemma2, gemma3 } from "./gemma";
import { gpt2 } from "./gpt2";
import { gptNeoX } from "./gptNeoX";
import { llama } from "./llama";
import { marian } from "./marian";
import { mbart } from "./mbart";
import { mistral } from "./mistral";
import { modernBert } from "./modernBert";
import { mpnet } from "./mpnet";
import { opt } from "./opt";
import { pegasus } from "./pegasus";
import { phi3 } from "./phi3";
import { qwen2, qwen3 } from "./qwen";
import { roberta } from "./roberta";
import { mt5, t5 } from "./t5";

/** Every architecture whose checkpoints can be opened, by the `model_type` of config.json. */
export const architectures: Readonly<Record<string, Architecture>> = {
  bart,
  bert,
  bloom,
  gemma2,
  gemma3_text: gemma3,
  gpt2,
  gpt_neox: gptNeoX,
  llama,
  mistral,
  opt,
  phi3,
  qwen2,
  qwen3,
  marian,
  mbart,
  mt5,
  pegasus,
  t5,
  albert,
  camembert: roberta,
  "deberta-v2": debertaV2,
  electra,
  modernbert: modernBert,
  mpnet,
  distilbert,
  roberta,
  "xlm-roberta": roberta,
};

/** What the names of the weights of a body begin with in models with a head, by the `model_type` of config.json; nothing for one that is not known. */
export function prefixOf(type: unknown): string {
  return typeof type === "string" && Object.hasOwn(architectures, type) ? (architectures[type]?.prefix ?? "") : "";
}

/** What the class of a model is called after its family, and the head that it has then. The longest that fits counts. */
const headNames: readonly (readonly [RegExp, Head])[] = [
  [/ForSequenceClassification$/, "classes"],
  [/ForTokenClassification$/, "everyToken"],
  [/ForQuestionAnswering$/, "spans"],
  [/ForMaskedLM$/, "blanks"],
  // These fill blanks, and tell whether one text follows another; what ELECTRA was trained on is another thing.
  [/^(?:Bert|Albert)ForPreTraining$/, "blanks"],
  [/(?:ForCausalLM|LMHeadModel)$/, "next"],
  [/(?:ForConditionalGeneration|MTModel|ForSeq2SeqLM)$/, "written"],
  [/EncoderModel$/, "encoded"],
  [/Model$/, "states"],
];

/** The head of a model by the name of its class; `null` for one that is not known. */
export function headOf(className: string): Head | null {
  return headNames.find(([pattern]) => pattern.test(className))?.[1] ?? null;
}
