import { type Message, message } from "../common/message";
import type { AttentionGroup, GraphContents } from "../common/model";
import { type Contents, contentsOf } from "../graph/contents";
import type { ExposedAttention } from "../graph/explainable";
import type { LayerAttention } from "../methods/attentionScores";
import type { LoadedModel } from "./loadedModel";
import { type MaskForm, maskForm } from "./maskForm";
import { runtimeError } from "./runtime";

/** Long enough to see the windows of common models, short enough to be run at once. */
const probeTokens = 256;

/** What is in a model's graph, and what methods lack in it: found by structure; masks, which graphs compute, are seen in a run on a text without meaning. */
export async function readContents(
  model: LoadedModel,
  signal: AbortSignal,
): Promise<{ readonly contents: GraphContents; readonly lacks: Pick<Contents, "refused" | "missing"> }> {
  const contents = readGraphContents(model);
  const forms = await probe(model, signal);
  const { embedding, states, opset } = contents;
  const { differs, bytes } = model.session;
  const excess = model.memory.excess(bytes);
  const raised: Message[] =
    opset.used === opset.shipped
      ? []
      : [message("Operators of version {0} are rewritten in version {1}.", opset.shipped, opset.used)];
  const shown: GraphContents = {
    embedding: embedding && { vocabulary: embedding.vocabulary, width: embedding.width, input: embedding.input },
    attention: groups(contents, forms),
    hiddenStates: (["encoder", "main"] as const).flatMap((stream) => {
      const count = states.filter((state) => state.stream === stream).length;
      return count === 0 ? [] : [{ stream, count }];
    }),
    logits: model.session.logitsName,
    notes: [...raised, ...(differs ? [differs] : []), ...(excess ? [excess] : [])],
  };
  return { contents: shown, lacks: contents };
}

function readGraphContents({ session }: LoadedModel): Contents {
  try {
    return contentsOf(session.parts.read(), session.logitsName);
  } catch (error) {
    throw runtimeError(error, session.file);
  }
}

/** The mask of a map that the engine shows. */
interface SeenMask extends MaskForm, Pick<ExposedAttention, "stream" | "kind"> {}

/** The masks of the maps of self-attention that the engine shows, seen on one text, which a decoder beside an encoder is fed as output too. */
async function probe({ tokenizer, attention, folder, session }: LoadedModel, signal: AbortSignal): Promise<SeenMask[]> {
  const length = Math.min(probeTokens, folder.config.maxTokens);
  const [start, ...rest] = tokenizer.encode("a good film", null);
  const end = rest.pop();
  const filler = rest[0] ?? start;
  const middle = Array.from({ length: Math.max(0, length - 2) }, () => filler);
  const tokens = [start, ...middle, end].flatMap((token) => (token ? [token] : []));
  const read = { ids: tokens.map(({ id }) => id), segments: tokenizer.typeIds(tokens) };
  const twice = session.readsOutput ? 2 : 1;
  const row = {
    ids: Int32Array.from({ length: twice * tokens.length }, (_, at) => read.ids[at % tokens.length] ?? 0),
    segments: Int32Array.from({ length: twice * tokens.length }, (_, at) => read.segments[at % tokens.length] ?? 0),
    ...(session.readsOutput ? { outputFrom: tokens.length } : {}),
  };
  const { layers } = (await attention?.get(row, signal)) ?? { layers: [] };
  return session.layers.flatMap(({ stream, kind }, index) => {
    const layer = layers[index];
    const from = session.readsOutput && stream === "main" ? tokens.length : 0;
    return layer && kind === "self" ? [{ stream, kind, ...maskForm(part(layer, from, tokens.length)) }] : [];
  });
}

/** The rows and columns of maps that are of one of two streams. */
function part({ heads, queries, keys, values }: LayerAttention, from: number, size: number): LayerAttention {
  const own = new Float32Array(heads * size * size);
  for (let row = 0; row < heads * size; row++) {
    const start = (Math.floor(row / size) * queries + from + (row % size)) * keys + from;
    own.set(values.subarray(start, start + size), row * size);
  }
  return { heads, queries: size, keys: size, values: own };
}

function groups({ maps }: Contents, forms: readonly SeenMask[]): AttentionGroup[] {
  return (["encoder", "main"] as const).flatMap((stream) =>
    (["self", "cross"] as const).flatMap((kind): AttentionGroup[] => {
      const own = maps.filter((map) => map.stream === stream && map.kind === kind);
      const [first] = own;
      if (!first) {
        return [];
      }
      const seen = forms.filter((form) => form.stream === stream && form.kind === kind);
      return [
        {
          stream,
          kind: seen.length > 0 && seen.every(({ causal }) => causal) ? "causal" : kind,
          layers: own.length,
          heads: first.heads,
          sharedHeads: first.sharedHeads,
          windows: own.map((_, layer) => seen[layer]?.window ?? null),
          valueVectors: own.filter(({ values }) => values !== null).length,
          projections: own.filter(({ projection }) => projection !== null).length,
        },
      ];
    }),
  );
}
