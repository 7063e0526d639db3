import { ExplainError } from "../common/errors";

/** The `.onnx` files that one model is made of, relative to its folder, with forward slashes. */
export interface FileSet {
  /** The file that answers: the only one, or the decoder of a pair. */
  readonly file: string;
  /** The file that reads the text for a decoder; `null` where one file does both, or there is no encoder. */
  readonly encoder: string | null;
  /** The file that goes on from keys and values of earlier tokens, where it is another one than {@link file}. */
  readonly withPast: string | null;
}

/** Files that are tried first where nobody chose one. */
const usualNames = ["model.onnx", "decoder_model.onnx", "decoder_model_merged.onnx"];
/** Names that exporters give to the parts of a model, with what follows in another precision. */
const partPattern = /^(.*\/)?(encoder_model|decoder_model_merged|decoder_with_past_model|decoder_model)(_\w+)?\.onnx$/;

/** The `.onnx` files of a folder, the usual ones first. */
export function usualFirst(files: readonly string[]): string[] {
  const usual = usualNames.flatMap((name) => [`onnx/${name}`, name]).filter((name) => files.includes(name));
  return [...usual, ...files.filter((name) => !usual.includes(name))];
}

/**
 * What belongs together of a folder's `files`, told by their names: one of them, and what completes it. A file in another precision is completed by files of the same, else by those without.
 * Throws `model-missing` for half of what `isEncoderDecoder` says is a pair.
 */
export function fileSetOf(file: string, files: readonly string[], isEncoderDecoder: boolean): FileSet {
  const [, folder = "", part, precision = ""] = partPattern.exec(file) ?? [];
  if (part === undefined) {
    return { file, encoder: null, withPast: null };
  }
  const find: Find = (...names) =>
    [precision, ""]
      .flatMap((ending) => names.map((name) => `${folder}${name}${ending}.onnx`))
      .find((name) => files.includes(name));
  const encoder = find("encoder_model");
  const answers = part === "decoder_model" || part === "decoder_model_merged";
  const decoder = answers ? file : find("decoder_model", "decoder_model_merged");
  if (encoder !== undefined && decoder !== undefined) {
    return { file: decoder, encoder, withPast: withPastOf(decoder, find) };
  }
  if (isEncoderDecoder) {
    throw half(file, `${folder}${encoder === undefined ? "encoder_model" : "decoder_model"}${precision}.onnx`);
  }
  if (part === "decoder_with_past_model") {
    if (decoder === undefined) {
      throw half(file, `${folder}decoder_model${precision}.onnx`);
    }
    return { file: decoder, encoder: null, withPast: withPastOf(decoder, find) };
  }
  return { file, encoder: null, withPast: part === "encoder_model" ? null : withPastOf(file, find) };
}

/** The first file of these names, without folder, precision and ending, that there is. */
type Find = (...names: readonly string[]) => string | undefined;

/** The file beside a decoder that goes on from earlier tokens; `null` where that is the decoder itself, or there is none. */
function withPastOf(decoder: string, find: Find): string | null {
  const other = decoder.includes("decoder_model_merged")
    ? decoder
    : find("decoder_with_past_model", "decoder_model_merged");
  return other === undefined || other === decoder ? null : other;
}

function half(file: string, missing: string): ExplainError {
  return new ExplainError(
    "model-missing",
    "{0} is half of a model: its other half, {1}, is not in the folder. Copy it there or export the model again.",
    file,
    missing,
  );
}
