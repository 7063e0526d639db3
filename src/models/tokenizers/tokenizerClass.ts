import type { JsonObject } from "../readJson";
import { deberta, gpt2, gptNeoX, qwen2, roberta } from "./byteLevel";
import { unreadable } from "./damaged";
import { camembert, mbart, mbart50, xlmRoberta } from "./fairseq";
import type { Family } from "./family";
import { marian } from "./marian";
import { gemma, llama, plain } from "./mergingFamilies";
import { albert, debertaV2, pegasus, t5 } from "./unigramFamilies";
import { bert, mpnet } from "./wordPiece";

/** What the older files of each class of the Python package transformers (5.23) are read by, by the class's name without `Tokenizer`. */
const families: Readonly<Record<string, Family>> = {
  Bert: bert,
  ConvBert: bert,
  DistilBert: bert,
  Electra: bert,
  LayoutLM: bert,
  Lxmert: bert,
  MobileBert: bert,
  SqueezeBert: bert,
  MPNet: mpnet,
  GPT2: gpt2,
  GPTNeoX: gptNeoX,
  Qwen2: qwen2,
  Roberta: roberta,
  Bart: roberta,
  LED: roberta,
  Longformer: roberta,
  Deberta: deberta,
  T5: t5,
  Albert: albert,
  XLMRoberta: xlmRoberta,
  Camembert: camembert,
  MBart: mbart,
  MBart50: mbart50,
  DebertaV2: debertaV2,
  Pegasus: pegasus,
  Gemma: gemma,
  Llama: llama,
  Marian: marian,
};

/** The class that each kind of model has where its files name none. */
const classesByModel: Readonly<Record<string, readonly string[]>> = {
  Bert: [
    ...["bert", "convbert", "distilbert", "electra", "ernie", "layoutlm", "lxmert", "megatron-bert", "mobilebert"],
    ...["nezha", "nomic_bert", "qdqbert", "realm", "retribert", "squeezebert", "visual_bert"],
  ],
  MPNet: ["mpnet"],
  GPT2: ["codegen", "dbrx", "gpt2", "gpt_neo", "gptj", "jais2", "opt", "phi", "starcoder2"],
  GPTNeoX: ["falcon_mamba", "gpt_neox", "mamba", "mamba2", "mpt", "olmo", "olmoe", "rwkv", "xlstm"],
  Qwen2: ["qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "qwen3_next"],
  Roberta: [
    ...["bart", "data2vec-text", "ibert", "led", "lilt", "longformer", "mega", "mra", "roberta"],
    "roberta-prelayernorm",
  ],
  Deberta: ["deberta"],
  T5: ["mt5", "switch_transformers", "t5"],
  Albert: ["albert", "yoso"],
  XLMRoberta: ["gte", "jina_embeddings_v3", "xlm-roberta", "xmod"],
  Camembert: ["camembert"],
  MBart: ["mbart"],
  MBart50: ["mbart50"],
  DebertaV2: ["deberta-v2"],
  Pegasus: ["pegasus"],
  Marian: ["marian"],
  Gemma: ["gemma", "gemma2", "gemma3", "gemma3_text", "gemma3n", "gemma3n_text", "recurrent_gemma", "t5gemma"],
};

/** Kinds of models whose tokenizers are what their files say, whatever class the files name. */
const withoutClass = new Set([
  ...["bigbird_pegasus", "flex_olmo", "glm", "glm4", "glm4_moe", "gpt_bigcode", "granite", "granitemoe"],
  ...["granitemoehybrid", "granitemoeshared", "ministral", "ministral3", "mistral", "mistral3", "mixtral"],
  ...["nystromformer", "olmo2", "olmo3", "pegasus_x", "persimmon", "stablelm", "umt5", "xlm-roberta-xl"],
  ...["arctic", "chatlm", "ernie4_5", "ernie4_5_moe", "fuyu", "h2ovl_chat", "hyperclovax", "internlm2", "internlm3"],
  ...["jamba", "minicpm3", "minimax_m2", "modernbert", "modernbert-decoder", "molmo", "molmo2", "nemotron", "opencua"],
  ...["phi3", "phi3_v", "phimoe"],
]);

/** Kinds of models whose tokenizers are what their files say where they name no class. */
const mostlyNamed = new Set(["bloom", "llama"]);

/** Kinds of models whose class counts more than the one that their files name. */
const wronglyNamed = new Set(["qwen2"]);

/** Names for a tokenizer without a class of its own. */
const unnamed = new Set(["TokenizersBackend", "PythonBackend", "PreTrained", "Bloom"]);

/**
 * How a tokenizer is read from its older files: by the class that they name, else by the kind of model, as the Python package does. Throws `tokenizer-unsupported`
 * with the name of a class that is not known.
 */
export function familyOf(config: JsonObject, tokenizerConfig: JsonObject | undefined): Family {
  const model = typeof config.model_type === "string" ? config.model_type : "";
  const named = tokenizerConfig?.tokenizer_class ?? config.tokenizer_class ?? null;
  if (withoutClass.has(model) || (mostlyNamed.has(model) && typeof named !== "string")) {
    return plain;
  }
  const usual = Object.entries(classesByModel).find(([, models]) => models.includes(model))?.[0];
  if (typeof named !== "string" || (usual !== undefined && wronglyNamed.has(model))) {
    return familyByName(usual, model);
  }
  const name = named.replace(/(?:Tokenizer)?(?:Fast)?$/, "");
  return unnamed.has(name) ? plain : familyByName(name, model);
}

function familyByName(name: string | undefined, model: string): Family {
  const family = name !== undefined && Object.hasOwn(families, name) ? families[name] : undefined;
  if (family === undefined) {
    throw unreadable(
      name === undefined
        ? `no file says which class it has, and models of the kind ${model || "without a name"} have none that is known`
        : `the class ${name}Tokenizer is not known`,
    );
  }
  return family;
}
