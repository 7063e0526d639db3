import { type Message, message } from "../common/message";
import type { AttentionGroup, GraphContents } from "../common/model";
import { type Contents, contentsOf } from "../graph/contents";
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

/** The masks of the layers that the engine shows, seen on one text. */
async function probe({ tokenizer, attention, folder }: LoadedModel, signal: AbortSignal): Promise<MaskForm[]> {
  const length = Math.min(probeTokens, folder.config.maxTokens);
  const [start, ...rest] = tokenizer.encode("a good film", null);
  const end = rest.pop();
  const filler = rest[0] ?? start;
  const middle = Array.from({ length: Math.max(0, length - 2) }, () => filler);
  const tokens = [start, ...middle, end].flatMap((token) => (token ? [token] : []));
  const row = {
    ids: Int32Array.from(tokens, (token) => token.id),
    segments: Int32Array.from(tokenizer.typeIds(tokens)),
  };
  const { layers } = (await attention?.get(row, signal)) ?? { layers: [] };
  return layers.map(maskForm);
}

function groups({ maps }: Contents, forms: readonly MaskForm[]): AttentionGroup[] {
  const hasMain = maps.some((map) => map.kind === "self" && map.stream === "main");
  return (["encoder", "main"] as const).flatMap((stream) =>
    (["self", "cross"] as const).flatMap((kind): AttentionGroup[] => {
      const own = maps.filter((map) => map.stream === stream && map.kind === kind);
      const [first] = own;
      if (!first) {
        return [];
      }
      const seen = kind === "self" && (stream === "main") === hasMain ? forms : [];
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
