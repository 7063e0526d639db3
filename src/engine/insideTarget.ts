import { ExplainError, throwIfCancelled } from "../common/errors";
import type { InsideKind } from "../graph/insideModel";
import { notLinear, twoStreams } from "../graph/refusal";
import type { Numbers } from "../graph/tensor";
import type { LayerAttention } from "../methods/attentionScores";
import type {
  AttendedBlock,
  AttendedBlocks,
  Brought,
  InsideGradients,
  InsideTarget,
  TokenVectors,
} from "../methods/inside";
import { type Target, targetSeed, weighedTarget } from "../tasks/target";
import type { Row } from "./batcher";
import { outputStart } from "./fedWords";
import type { InsideNumbers, InsideSession } from "./insideSession";
import { overRow } from "./mapLayout";
import { checkMachine } from "./memory";
import type { TextRun } from "./textRun";

/** Tokens of one run of the blocks, few enough that cancelling is quick; the same everywhere, since how many rows are computed together changes last digits. */
const tokensPerRun = 512;

/** What a {@link RowInside} is made of beside the row. */
export interface RowRun extends Pick<TextRun, "model" | "signal"> {
  readonly target: Pick<Target, "reads">;
}

/** What methods see of one row of a text inside the model; see {@link InsideTarget}. Its parts can be taken out of it. */
export class RowInside implements InsideTarget {
  readonly tokens: number;
  readonly #row: Row;
  readonly #run: RowRun;

  constructor(row: Row, run: RowRun) {
    this.tokens = row.ids.length;
    this.#row = row;
    this.#run = run;
  }

  readonly maps = async (): Promise<readonly LayerAttention[]> => {
    const { attention } = this.#run.model;
    if (!attention) {
      throw missing();
    }
    return (await attention.get(this.#row, this.#run.signal)).layers;
  };

  readonly states = async (): Promise<readonly TokenVectors[]> => {
    return await this.#use("states", 1, async (session) => {
      const found = await session.run(this.#row, 1, new Map(), session.names.states);
      return found.map((state) => this.#vectors(state));
    });
  };

  readonly gradients = async (): Promise<InsideGradients> => {
    const { target, model } = this.#run;
    const { width } = model.task;
    const places = this.#row.at?.length ?? 1;
    return await this.#use("gradients", 1, async (session) => {
      const { maps, places: where, weights, states, seed, isAll } = session.names;
      const own = this.#row.against ? weighedTarget(this.#row.against.outputs) : target;
      const seeds = new Map([[seed, { dims: [places, width], data: targetSeed(own, places * width) }]]);
      const found = await session.run(this.#row, 1, seeds, [...maps, ...weights, ...states]);
      return {
        isAll,
        outputFrom: model.session.readsOutput ? outputStart([this.#row]) : null,
        maps: where.map((place, layer) => {
          const { values: slopes } = this.#overRow(place, found[layer]);
          return { ...this.#overRow(place, found[maps.length + layer]), kind: place.kind, slopes };
        }),
        states: found.slice(maps.length + weights.length).map((state) => this.#vectors(state)),
      };
    });
  };

  #overRow(place: InsideSession["names"]["places"][number], raw: InsideNumbers | undefined): LayerAttention {
    const { model } = this.#run;
    const layer = raw && overRow(place, raw, this.#row, model.session.readsOutput);
    if (!layer) {
      throw missing();
    }
    return layer;
  }

  readonly attended = async (): Promise<AttendedBlocks> => {
    return await this.#use("states", 1, async (session) => {
      const { states, attended, isAll } = session.names;
      if (!attended) {
        throw notLinear();
      }
      const outputs = attended.flatMap(({ values, sum, result }) => [values, sum, result]);
      const names = [...new Set([...states, ...outputs])];
      const found = await session.run(this.#row, 1, new Map(), names);
      const numbers = (name: string): InsideNumbers =>
        found[names.indexOf(name)] ?? { dims: [], data: new Float32Array() };
      const blocks = attended.map(({ values, sum, result, weights, transposed, normalisation }, layer) => {
        const vectors = numbers(values);
        const y = this.#vectors(numbers(sum));
        return {
          heads: vectors.dims[1] ?? 1,
          vectors: vectors.data,
          weights: transposed ? turned(weights(), y.width) : floats(weights()),
          reads: this.#vectors(numbers(states[layer] ?? "")),
          sum: y,
          result: this.#vectors(numbers(result)),
          normalisation: normalisation && { ...normalisation, scale: floats(normalisation.scale) },
        };
      });
      return { isAll, blocks };
    });
  };

  readonly distances = async (block: AttendedBlock, brought: Brought): Promise<Float32Array> => {
    throwIfCancelled(this.#run.signal);
    const kind = block.normalisation ? "normalised" : "plain";
    return await this.#run.model.distances.use(kind, (session) =>
      this.#during(session.runBytes(block, brought), () => session.run(block, brought)),
    );
  };

  readonly zeroValues = async (visit: (token: number, left: readonly TokenVectors[]) => void): Promise<void> => {
    const { tokens } = this;
    const maps = await this.maps();
    const { states, vectors: vectorsOfLayers } = await this.#statesAndVectors();
    const rows = Math.max(1, Math.min(this.#run.model.session.maximumRows, Math.floor(tokensPerRun / tokens)));
    // What the blocks are fed is there twice for a moment, as the runtime's own and ours.
    const fedBytes =
      2 * rows * maps.reduce((sum, map, layer) => sum + bytesFed(map, states[layer], vectorsOfLayers[layer]), 0);
    await this.#use(
      "blocks",
      rows,
      async (session) => {
        const { names } = session;
        for (let first = 0; first < tokens; first += rows) {
          throwIfCancelled(this.#run.signal);
          const zeroed = Array.from({ length: Math.min(rows, tokens - first) }, (_, at) => first + at);
          const fed = new Map<string, InsideNumbers>();
          for (const [layer, { heads, values: map }] of maps.entries()) {
            const vectors = vectorsOfLayers[layer] ?? map;
            const { width = 0, values = vectors } = states[layer] ?? {};
            const size = vectors.length / (heads * tokens);
            fed.set(names.states[layer] ?? "", {
              dims: [zeroed.length, tokens, width],
              data: copies(values, zeroed.length),
            });
            fed.set(names.maps[layer] ?? "", {
              dims: [zeroed.length, heads, tokens, tokens],
              data: copies(map, zeroed.length),
            });
            fed.set(names.values[layer] ?? "", {
              dims: [zeroed.length, heads, tokens, size],
              data: withZeros(vectors, { heads, tokens, size }, zeroed),
            });
          }
          const left = await session.run(this.#row, zeroed.length, fed, names.left);
          for (const [at, token] of zeroed.entries()) {
            visit(
              token,
              left.map(({ data }) => {
                const own = data.length / zeroed.length;
                return { width: own / tokens, values: data.subarray(at * own, (at + 1) * own) };
              }),
            );
          }
          // Messages, a cancellation among them, come in only between runs.
          await new Promise(setImmediate);
        }
      },
      fedBytes,
    );
  };

  async #statesAndVectors(): Promise<{
    readonly states: readonly TokenVectors[];
    readonly vectors: readonly Float32Array[];
  }> {
    return await this.#use("states", 1, async (session) => {
      const { states, values } = session.names;
      const found = await session.run(this.#row, 1, new Map(), [...states, ...values]);
      return {
        states: found.slice(0, states.length).map((state) => this.#vectors(state)),
        vectors: found.slice(states.length).map(({ data }) => data),
      };
    });
  }

  readonly withMaps = async (maps: readonly Float32Array[]): Promise<Float32Array> => {
    const { tokens } = this;
    // What is fed is there twice for a moment, as the runtime's own and ours.
    const fedBytes = 2 * maps.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const run = async (session: InsideSession) => {
      const fed = session.names.maps.map((name, layer): [string, InsideNumbers] => {
        const data = maps[layer] ?? new Float32Array();
        return [name, { dims: [1, data.length / tokens ** 2, tokens, tokens], data }];
      });
      const [logits] = await session.run(this.#row, 1, new Map(fed), [session.names.logits]);
      return logits?.data ?? new Float32Array();
    };
    return await this.#use("maps", 1, run, fedBytes);
  };

  async #use<T>(kind: InsideKind, rows: number, work: (session: InsideSession) => Promise<T>, more = 0): Promise<T> {
    const { model, signal } = this.#run;
    throwIfCancelled(signal);
    if (!model.inside) {
      throw missing();
    }
    if (model.session.readsOutput && kind !== "gradients") {
      throw twoStreams();
    }
    return await model.inside.use(kind, async (session) => {
      throwIfCancelled(signal);
      const bytes = session.runBytes(rows, this.tokens) + more;
      checkMachine(model.folder.file, model.session.bytes + session.bytes + bytes);
      return await this.#during(bytes, () => work(session));
    });
  }

  async #during<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const { model, signal } = this.#run;
    const found = await model.withRoom(bytes, work);
    // Messages, a cancellation among them, come in only between runs.
    await new Promise(setImmediate);
    throwIfCancelled(signal);
    return found;
  }

  #vectors({ data }: InsideNumbers): TokenVectors {
    return { width: data.length / this.tokens, values: data };
  }
}

function missing(): ExplainError {
  return new ExplainError(
    "method-unavailable",
    "No attention weights were found in the model's graph. Choose another method.",
  );
}

/** Bytes of what one copy of a block is fed. */
function bytesFed(map: LayerAttention, state: TokenVectors | undefined, vectors: Float32Array | undefined): number {
  return map.values.byteLength + (state?.values.byteLength ?? 0) + (vectors?.byteLength ?? 0);
}

function floats(numbers: Numbers): Float32Array {
  return numbers instanceof Float32Array ? numbers : new Float32Array(numbers);
}

/** A matrix of so many rows the other way round. */
function turned(matrix: ArrayLike<number>, rows: number): Float32Array {
  const columns = matrix.length / rows;
  const result = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = matrix[row * columns + column] ?? 0;
    }
  }
  return result;
}

function copies(values: Float32Array, count: number): Float32Array {
  const result = new Float32Array(values.length * count);
  for (let copy = 0; copy < count; copy++) {
    result.set(values, copy * values.length);
  }
  return result;
}

/** A copy of value vectors for each token, with that token's own zero. */
function withZeros(
  vectors: Float32Array,
  { heads, tokens, size }: { readonly heads: number; readonly tokens: number; readonly size: number },
  zeroed: readonly number[],
): Float32Array {
  const result = copies(vectors, zeroed.length);
  for (const [copy, token] of zeroed.entries()) {
    for (let head = 0; head < heads; head++) {
      const start = copy * vectors.length + (head * tokens + token) * size;
      result.fill(0, start, start + size);
    }
  }
  return result;
}
