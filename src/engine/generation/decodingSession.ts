import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ExplainError } from "../../common/errors";
import { type DecodingModel, decodingForm, makeDecoding } from "../../graph/decodingModel";
import { placesInput } from "../../graph/passes/readPlaces";
import { unsupported } from "../../graph/refusal";
import { type LoadedSession, loadRewritten } from "../modelLoading";
import { ModelParts } from "../modelParts";
import { runtimeError } from "../runtime";
import { readInputs, type TokenInput } from "../tokenInputs";

/** How a {@link DecodingSession} is loaded. */
export interface DecodingOptions {
  readonly threads: number;
  /** Hears how many bytes it will take, and how many more only while it is loaded, before it takes them; what it returns is called when it is loaded. */
  readonly makeRoom?: (bytes: number, loading: number) => Promise<() => void>;
}

/** Logits of the token behind a text that grows; made by {@link DecodingSession.begin}. */
export interface Decoding {
  /** The logits behind the last of `ids`, which come behind all ids that were given before. */
  next(ids: readonly number[]): Promise<Float32Array>;
}

interface Part {
  readonly model: Omit<DecodingModel, "model">;
  readonly session: InferenceSession;
  readonly inputs: readonly TokenInput[];
}

/** A language model loaded for going on with texts: keys and values of earlier tokens are kept. */
export class DecodingSession {
  /** Memory that it takes, roughly; not counting texts and runs. */
  readonly bytes: number;
  /** What each token of a text takes while the text goes on, in bytes. */
  readonly bytesPerToken: number;
  readonly #begins: Part;
  readonly #goesOn: Part;
  readonly #tensor: typeof Tensor;
  readonly #file: string;

  private constructor(file: string, tensor: typeof Tensor, begins: Part, goesOn: Part) {
    this.bytes = begins.model.weightBytes + (goesOn === begins ? 0 : goesOn.model.weightBytes);
    // The old ones, the new ones and the runtime's own copy of these are there together.
    this.bytesPerToken = 3 * goesOn.model.past.reduce((sum, { input }) => sum + bytesOf(input), 0);
    this.#file = file;
    this.#tensor = tensor;
    this.#begins = begins;
    this.#goesOn = goesOn;
  }

  /**
   * Loads the files of a model's folder once more. Throws an {@link ExplainError} as a model that is loaded for explaining does, and `model-unsupported` for a past of unknown form, or none.
   */
  static async load(parts: ModelParts, options: DecodingOptions): Promise<DecodingSession> {
    const form = decodingForm(parts.read().shipped);
    const { file, withPast } = parts.folder;
    const behind = form === "merged" ? file : form === "begins" ? withPast : null;
    if (behind === null && form !== "whole") {
      throw unsupported("it keeps nothing of earlier tokens");
    }
    const first = await loadPart(parts, "begins", options);
    try {
      const other =
        behind === null
          ? first
          : await loadPart(
              behind === file ? parts : new ModelParts({ ...parts.folder, file: behind }),
              "goesOn",
              options,
            );
      return new DecodingSession(file, first.tensor, first, other);
    } catch (error) {
      await first.session.release();
      throw error;
    }
  }

  /** Memory that its largest run on a text of so many tokens takes beside {@link bytes}, roughly. */
  runBytes(tokens: number): number {
    return this.#begins.model.runBytes(1, tokens);
  }

  /** Frees the memory. */
  async release(): Promise<void> {
    await this.#begins.session.release();
    if (this.#goesOn !== this.#begins) {
      await this.#goesOn.session.release();
    }
  }

  /** Begins a text. */
  begin(): Decoding {
    let [past, length]: [readonly Tensor[], number] = [[], 0];
    const isOne = this.#begins === this.#goesOn;
    const step = async (ids: readonly number[]) => {
      const part = length === 0 ? this.#begins : this.#goesOn;
      const before = past.length > 0 ? past : part.model.past.map(({ input }) => this.#nothing(input));
      const { logits, returned } = await this.#run(part, ids, before, length);
      [past, length] = [returned, length + ids.length];
      return logits;
    };
    return {
      next: async (ids) => {
        if (length === 0 || isOne) {
          return await step(ids);
        }
        // A file that only goes on may know of one new token at a time.
        let logits = new Float32Array();
        for (const id of ids) {
          logits = await step([id]);
        }
        return logits;
      },
    };
  }

  #nothing(input: DecodingModel["past"][number]["input"]): Tensor {
    return new this.#tensor("float32", new Float32Array(), [1, input?.heads ?? 1, 0, input?.width ?? 1]);
  }

  async #run(
    { model, session, inputs }: Part,
    ids: readonly number[],
    past: readonly Tensor[],
    before: number,
  ): Promise<{ readonly logits: Float32Array<ArrayBuffer>; readonly returned: readonly Tensor[] }> {
    const feeds: Record<string, Tensor> = { [placesInput]: this.#whole(BigInt64Array.of(BigInt(ids.length - 1))) };
    for (const { name, wide } of inputs) {
      const numbers = numbersOf(name, ids, before);
      if (!numbers) {
        continue;
      }
      feeds[name] = wide ? this.#row(BigInt64Array.from(numbers, BigInt)) : this.#row(Int32Array.from(numbers));
    }
    model.past.forEach(({ input }, index) => {
      const value = past[index];
      if (input && value) {
        feeds[input.name] = value;
      }
    });
    let results: InferenceSession.OnnxValueMapType;
    try {
      results = await session.run(feeds);
    } catch (error) {
      throw runtimeError(error, this.#file);
    }
    const logits = results[model.logits]?.data;
    const returned = model.past.flatMap(({ output }) => results[output] ?? []);
    if (!(logits instanceof Float32Array) || !logits.every((logit) => !Number.isNaN(logit))) {
      throw new ExplainError(
        "model-unsupported",
        "{0} gives no numbers for this text: its calculation overflows. Export it with 32-bit weights or choose another model.",
        this.#file,
      );
    }
    return { logits: Float32Array.from(logits), returned };
  }

  #whole(data: BigInt64Array): Tensor {
    return new this.#tensor("int64", data, [data.length]);
  }

  #row(data: BigInt64Array | Int32Array): Tensor {
    return data instanceof Int32Array
      ? new this.#tensor("int32", data, [1, data.length])
      : new this.#tensor("int64", data, [1, data.length]);
  }
}

function bytesOf(input: DecodingModel["past"][number]["input"]): number {
  return input ? Float32Array.BYTES_PER_ELEMENT * input.heads * input.width : 0;
}

/** What an input of one stream says of new tokens behind `before` others. */
function numbersOf(name: TokenInput["name"], ids: readonly number[], before: number): readonly number[] | null {
  switch (name) {
    case "input_ids":
      return ids;
    case "attention_mask":
      return Array.from({ length: before + ids.length }, () => 1);
    case "position_ids":
      return ids.map((_, index) => before + index);
    case "token_type_ids":
      return ids.map(() => 0);
    default:
      return null;
  }
}

async function loadPart(
  parts: ModelParts,
  past: "begins" | "goesOn",
  { threads, makeRoom }: DecodingOptions,
): Promise<Part & Pick<LoadedSession<DecodingModel>, "tensor">> {
  const { rewritten, session, tensor } = await loadRewritten(
    parts,
    threads,
    ({ shipped }) => makeDecoding(shipped, past),
    { prepare: async (model, _, loading) => (await makeRoom?.(model.weightBytes, loading)) ?? (() => undefined) },
  );
  try {
    return { model: rewritten, session, tensor, inputs: readInputs(rewritten.inputs) };
  } catch (error) {
    await session.release();
    throw error;
  }
}
