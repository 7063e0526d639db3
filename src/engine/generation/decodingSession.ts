import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ExplainError } from "../../common/errors";
import { type DecodingModel, decodingForm, type EncodingModel } from "../../graph/decodingModel";
import { statesInput } from "../../graph/joined";
import { placesInput } from "../../graph/passes/readPlaces";
import { unsupported } from "../../graph/refusal";
import type { ModelParts } from "../modelParts";
import { runtimeError } from "../runtime";
import type { TokenInput } from "../tokenInputs";
import { type DecodingOptions, type DecodingPart, loadDecoder, loadEncoder } from "./decodingPart";
import { type Kept, settled } from "./kept";

/** Logits of the token behind a text that grows; made by {@link DecodingSession.begin}. */
export interface Decoding {
  /** The logits behind the last of `ids`, which come behind all ids that were given before. */
  next(ids: readonly number[]): Promise<Float32Array>;
  /** The same text, which from here on grows apart from this one. */
  fork(): Decoding;
}

/** A text that a decoder goes on from, as its encoder leaves it. */
interface Encoded {
  readonly length: number;
  readonly states: Promise<Tensor>;
}

/** A language model, or an encoder with its decoder, loaded for going on with texts: keys and values of earlier tokens are kept. */
export class DecodingSession {
  /** Memory that it takes, roughly; not counting texts and runs. */
  readonly bytes: number;
  /** What each token of a text takes while the text goes on, in bytes. */
  readonly bytesPerToken: number;
  readonly #encoder: DecodingPart<EncodingModel> | null;
  readonly #begins: DecodingPart;
  readonly #goesOn: DecodingPart;
  readonly #tensor: typeof Tensor;
  readonly #file: string;

  private constructor(
    file: string,
    encoder: DecodingPart<EncodingModel> | null,
    begins: DecodingPart,
    goesOn: DecodingPart,
  ) {
    const parts = new Set([...(encoder ? [encoder] : []), begins, goesOn]);
    this.bytes = [...parts].reduce((sum, { model }) => sum + model.weightBytes, 0);
    // The old ones, the new ones and the runtime's own copy of these are there together.
    this.bytesPerToken = 3 * goesOn.model.past.reduce((sum, { input }) => sum + bytesOf(input), 0);
    this.#file = file;
    this.#tensor = begins.tensor;
    this.#encoder = encoder;
    this.#begins = begins;
    this.#goesOn = goesOn;
  }

  /**
   * Loads the files of a model's folder once more. Throws an {@link ExplainError} as a model that is loaded for explaining does, and `model-unsupported` for a past of unknown form, or none.
   */
  static async load(parts: ModelParts, options: DecodingOptions): Promise<DecodingSession> {
    const { file, withPast, encoder } = parts.folder;
    const form = decodingForm(encoder ? parts.alone(file).read() : parts.read().shipped);
    const behind = form === "merged" ? file : form === "begins" ? withPast : null;
    if (behind === null && (form !== "whole" || encoder)) {
      throw unsupported("it keeps nothing of earlier tokens");
    }
    const loaded: DecodingPart<DecodingModel | EncodingModel>[] = [];
    const kept = async <T extends DecodingModel | EncodingModel>(loading: Promise<DecodingPart<T>>) => {
      const part = await loading;
      loaded.push(part);
      return part;
    };
    try {
      const encoding = encoder && (await kept(loadEncoder(parts.alone(encoder.file), options)));
      const begins = await kept(loadDecoder(parts.alone(file), "begins", options));
      const goesOn = behind === null ? begins : await kept(loadDecoder(parts.alone(behind), "goesOn", options));
      checkFitting(begins, goesOn);
      return new DecodingSession(file, encoding, begins, goesOn);
    } catch (error) {
      for (const { session } of loaded) {
        await session.release();
      }
      throw error;
    }
  }

  /** Memory that its largest run on a text of so many tokens takes beside {@link bytes}, roughly. */
  runBytes(tokens: number): number {
    const parts = this.#encoder ? [this.#encoder, this.#begins] : [this.#begins];
    return Math.max(...parts.map(({ model }) => model.runBytes(1, tokens)));
  }

  /** Frees the memory. */
  async release(): Promise<void> {
    await this.#encoder?.session.release();
    await this.#begins.session.release();
    if (this.#goesOn !== this.#begins) {
      await this.#goesOn.session.release();
    }
  }

  /** Begins a text; `read` is what an encoder reads for it, where there is one. */
  begin(read: readonly number[] = []): Decoding {
    const encoder = this.#encoder;
    const encoded = encoder && { length: read.length, states: this.#encode(encoder, read) };
    // It is awaited with the first token; until then nobody else would hear that it failed.
    encoded?.states.catch(() => undefined);
    return this.#growing({ past: new Map(), recent: new Map(), length: 0 }, encoded);
  }

  #growing(from: Kept, encoded: Encoded | null): Decoding {
    let kept = from;
    const isOne = this.#begins === this.#goesOn;
    const step = async (ids: readonly number[]) => {
      const part = kept.length === 0 ? this.#begins : this.#goesOn;
      const { logits, past, recent } = await this.#run(part, ids, kept, encoded);
      // Keys and values of the text of an encoder are returned once.
      const grown = {
        past: new Map([...kept.past, ...past]),
        recent: new Map([...kept.recent, ...recent]),
        length: kept.length + ids.length,
      };
      kept = settled(grown, this.#tensor);
      return logits;
    };
    return {
      fork: () => this.#growing(kept, encoded),
      next: async (ids) => {
        if (kept.length === 0 || isOne) {
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

  async #encode({ model, session, inputs }: DecodingPart<EncodingModel>, read: readonly number[]): Promise<Tensor> {
    const feeds: Record<string, Tensor> = {};
    for (const { name, wide } of inputs) {
      const numbers = numbersOf(name, { ids: read, before: 0, text: null });
      if (numbers) {
        feeds[name] = this.#row(numbers, wide);
      }
    }
    const states = (await this.#results(session, feeds))[model.states];
    if (!states) {
      throw unsupported("its encoder leaves nothing of a text");
    }
    return states;
  }

  async #run(
    { model, session, inputs }: DecodingPart,
    ids: readonly number[],
    { past, recent, length }: Kept,
    encoded: Encoded | null,
  ): Promise<Omit<Kept, "length"> & { readonly logits: Float32Array<ArrayBuffer> }> {
    const feeds: Record<string, Tensor> = {
      [placesInput]: new this.#tensor("int64", BigInt64Array.of(BigInt(ids.length - 1)), [1]),
    };
    for (const { name, wide } of inputs) {
      const numbers = numbersOf(name, { ids, before: length, text: encoded?.length ?? null });
      if (numbers) {
        feeds[name] = this.#row(numbers, wide);
      }
    }
    for (const { name, elementType } of encoded ? model.ofText : []) {
      feeds[name] =
        name === statesInput && encoded
          ? await encoded.states
          : this.#row(ones(encoded?.length ?? 0), elementType === "int64");
    }
    for (const { part, input } of model.past) {
      if (input) {
        feeds[input.name] = past.get(part) ?? this.#nothing(input);
      }
      if (input && input.recent !== null) {
        feeds[input.recent] = recent.get(part) ?? this.#nothing(input);
      }
    }
    const results = await this.#results(session, feeds);
    const logits = results[model.logits]?.data;
    if (!(logits instanceof Float32Array) || !areNumbers(logits)) {
      throw new ExplainError(
        "model-unsupported",
        "{0} gives no numbers for this text: its calculation overflows, or its weights are no numbers. Export it with 32-bit weights or choose another model.",
        this.#file,
      );
    }
    const returned = (isRecent: boolean) =>
      model.past.flatMap(({ part, input, output }) => {
        const value = output === null ? undefined : results[output];
        return value && isRecent === (typeof input?.recent === "string") ? [[part, value] as const] : [];
      });
    return { logits: logits.slice(), past: new Map(returned(false)), recent: new Map(returned(true)) };
  }

  async #results(session: InferenceSession, feeds: Record<string, Tensor>): Promise<InferenceSession.OnnxValueMapType> {
    try {
      return await session.run(feeds);
    } catch (error) {
      throw runtimeError(error, this.#file);
    }
  }

  #nothing(input: NonNullable<DecodingModel["past"][number]["input"]>): Tensor {
    return new this.#tensor("float32", new Float32Array(), [1, input.heads, 0, input.width]);
  }

  #row(numbers: readonly number[], wide: boolean): Tensor {
    const dims = [1, numbers.length];
    return wide
      ? new this.#tensor("int64", BigInt64Array.from(numbers, BigInt), dims)
      : new this.#tensor("int32", Int32Array.from(numbers), dims);
  }
}

function bytesOf(input: DecodingModel["past"][number]["input"]): number {
  return input ? Float32Array.BYTES_PER_ELEMENT * input.heads * input.width : 0;
}

/** A plain loop: a vocabulary is looked through for every token that is written. */
function areNumbers(values: Float32Array): boolean {
  for (let at = 0; at < values.length; at++) {
    if (Number.isNaN(values[at])) {
      return false;
    }
  }
  return true;
}

const ones = (count: number) => Array.from({ length: count }, () => 1);

/** What an input says of new tokens behind `before` others; `text` is the length of the text that an encoder read, which a plain mask is then of. */
function numbersOf(
  name: TokenInput["name"],
  { ids, before, text }: { readonly ids: readonly number[]; readonly before: number; readonly text: number | null },
): readonly number[] | null {
  switch (name) {
    case "input_ids":
    case "decoder_input_ids":
      return ids;
    case "attention_mask":
      return ones(text ?? before + ids.length);
    case "decoder_attention_mask":
      return ones(before + ids.length);
    case "position_ids":
      return ids.map((_, index) => before + index);
    case "token_type_ids":
      return ids.map(() => 0);
    default:
      return null;
  }
}

/** Throws where a file that goes on reads what the one that begins does not return. */
function checkFitting(begins: DecodingPart, goesOn: DecodingPart): void {
  const returned = new Set(begins.model.past.map(({ part }) => part));
  if (goesOn.model.past.some(({ part }) => !returned.has(part))) {
    throw unsupported("the file that goes on reads other keys and values than the one that begins returns");
  }
}
