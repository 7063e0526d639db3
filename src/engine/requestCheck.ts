import { ExplainError } from "../common/errors";
import { type ExplainRequest, effortLimits } from "../common/explanation";
import { isMethodId } from "../common/method";

type Holds = (value: unknown) => boolean;

const isText: Holds = (value) => typeof value === "string";
const isWhole =
  (least: number, most: number): Holds =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
const isOneOf =
  (...allowed: readonly string[]): Holds =>
  (value) =>
    allowed.some((one) => one === value);
const isListOf =
  (holds: Holds): Holds =>
  (value) =>
    Array.isArray(value) && value.every(holds);
const orNull =
  (holds: Holds): Holds =>
  (value) =>
    value === null || holds(value);

/** The fields of a request, what each must be, and whether a value is. */
const fields: readonly (readonly [path: string, what: string, holds: Holds])[] = [
  ["text", "text", isText],
  ["pair", "text or null", orNull(isText)],
  ["model.directory", "text", isText],
  ["model.file", "text or null", orNull(isText)],
  ["target", "text or null", orNull(isText)],
  ["versus", "text or null", orNull(isText)],
  ["methods", "a list of methods", isListOf((value) => typeof value === "string" && isMethodId(value))],
  ["units", "auto, token, word or sentence", isOneOf("auto", "token", "word", "sentence")],
  ["baseline", "mask, pad, unk, zero or delete", isOneOf("mask", "pad", "unk", "zero", "delete")],
  ["seed", "a whole number from 0", isWhole(0, Number.MAX_SAFE_INTEGER)],
  ["lime.mode", "adaptive or plain", isOneOf("adaptive", "plain")],
  ["lime.features", "token, word, bag, sentence or null", orNull(isOneOf("token", "word", "bag", "sentence"))],
  ["lime.keep", "a whole number from 1, or null", orNull(isWhole(1, Number.MAX_SAFE_INTEGER))],
  ["lime.samples", "a whole number from 1 to 1000000", isWhole(1, 1_000_000)],
  ["lime.tolerance", "over 0 and up to 1", (value) => typeof value === "number" && value > 0 && value <= 1],
  ["owen.guided", "true or false", (value) => typeof value === "boolean"],
  ["owen.samples", "a whole number from 2 to 1000000, or null", orNull(isWhole(2, 1_000_000))],
  [
    "effort",
    "from 0.1 to 3600",
    (value) => typeof value === "number" && value >= effortLimits.minimum && value <= effortLimits.maximum,
  ],
  ["layer", "a whole number from 0, or null", orNull(isWhole(0, Number.MAX_SAFE_INTEGER))],
  ["masked", "a list of token numbers", isListOf(isWhole(0, Number.MAX_SAFE_INTEGER))],
];

/** Throws `request-invalid`, naming the first field that is not as it must be: requests come from another process. */
export function checkRequest(request: ExplainRequest): void {
  for (const [path, what, holds] of fields) {
    if (!holds(path.split(".").reduce(field, request))) {
      throw new ExplainError("request-invalid", "The request cannot be carried out: {0} must be {1}.", path, what);
    }
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
