import { cleanName } from "../common/cleanWords";
import type { ModelDescription, ModelInspection } from "../common/model";
import { elementTypes } from "../graph/elementType";
import { elementCount } from "../graph/tensor";
import { readModelCard } from "../models/modelCard";
import { modelChoices } from "../models/modelChoices";
import { modelShape } from "../models/modelShape";
import { isJsonObject } from "../models/readJson";
import { type LoadedModel, probeRow } from "./loadedModel";

/** Elements that weights are made of; others are sizes and places. */
const weightTypes: ReadonlySet<number> = new Set([
  elementTypes.float32,
  elementTypes.float16,
  elementTypes.bfloat16,
  elementTypes.int8,
  elementTypes.uint8,
]);

/** All that a page of a model says beside its description. Measures how far the model is from its file where the two differ, which loads the file once more. */
export async function inspected(model: LoadedModel, description: ModelDescription): Promise<ModelInspection> {
  const { folder, session, tokenizer, drift } = model;
  const { architecture, hiddenSize } = modelShape(folder.settings);
  const differs = session.differs !== null;
  return {
    ...description,
    architecture,
    hiddenSize,
    parameters: parametersOf(model),
    tokenizer: tokenizerOf(model),
    choices: modelChoices(folder),
    drift: differs ? await drift.on([probeRow(tokenizer, session)]) : null,
    card: readModelCard(folder.directory),
  };
}

function parametersOf({ session }: LoadedModel): number {
  let count = 0;
  for (const { dataType, dims } of session.parts.read().graph.initialisers.values()) {
    count += weightTypes.has(dataType ?? 0) && dims.length > 0 ? elementCount(dims) : 0;
  }
  return count;
}

function tokenizerOf({ folder }: LoadedModel): ModelInspection["tokenizer"] {
  const { model, added_tokens: added } = folder.tokenizer;
  const { type, vocab } = isJsonObject(model) ? model : {};
  const own = Array.isArray(vocab) ? vocab.length : isJsonObject(vocab) ? Object.keys(vocab).length : 0;
  const inside = isJsonObject(vocab) ? vocab : {};
  const further = Array.isArray(added)
    ? added.filter(
        (token) => isJsonObject(token) && typeof token.content === "string" && !Object.hasOwn(inside, token.content),
      )
    : [];
  return {
    kind: typeof type === "string" ? cleanName(type) : null,
    vocabulary: own + (Array.isArray(vocab) ? 0 : further.length),
  };
}
