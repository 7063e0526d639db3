import { ExplainError } from "../common/errors";
import type { ExplainRequest } from "../common/explanation";
import { allOptions, fits, valueAt, wanted } from "../common/option";
import { options } from "../common/options";

type Holds = (value: unknown) => boolean;

const isText: Holds = (value) => typeof value === "string";
const orNull =
  (holds: Holds): Holds =>
  (value) =>
    value === null || holds(value);
const isTokenList: Holds = (value) =>
  Array.isArray(value) && value.every((token) => Number.isSafeInteger(token) && token >= 0);

/** The fields of a request, what each must be, and whether a value is. */
const fields: readonly (readonly [path: string, what: string, holds: Holds])[] = [
  ["text", "text", isText],
  ["pair", "text or null", orNull(isText)],
  ["model.directory", "text", isText],
  ["model.file", "text or null", orNull(isText)],
  ["masked", "a list of token numbers", isTokenList],
  ...allOptions(options).map(({ path, option }): [string, string, Holds] => [
    path,
    `${wanted(option)}${option.fallback === null ? ", or null" : ""}`,
    (value) => fits(option, value),
  ]),
];

/** Throws `request-invalid`, naming the first field that is not as it must be: requests come from another process. */
export function checkRequest(request: ExplainRequest): void {
  for (const [path, what, holds] of fields) {
    if (!holds(valueAt(request, path))) {
      throw new ExplainError("request-invalid", "The request cannot be carried out: {0} must be {1}.", path, what);
    }
  }
}
