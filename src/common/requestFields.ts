import { isCount, isListOf, isText, orNull } from "./checks";
import type { ExplainRequest } from "./explanation";
import { allOptions, fits, valueAt, wanted } from "./option";
import { options } from "./options";

type Holds = (value: unknown) => boolean;

/** What a field of a request is called, and what it must be. */
export interface RequestField {
  readonly path: string;
  readonly what: string;
}

/** The fields of a request, and whether a value is what each must be. */
const fields: readonly (RequestField & { readonly holds: Holds })[] = [
  { path: "text", what: "text", holds: isText },
  { path: "pair", what: "text or null", holds: orNull(isText) },
  { path: "model.directory", what: "text", holds: isText },
  { path: "model.file", what: "text or null", holds: orNull(isText) },
  { path: "masked", what: "a list of token numbers", holds: isListOf(isCount) },
  ...allOptions(options).map(({ path, option }) => ({
    path,
    what: `${wanted(option)}${option.fallback === null ? ", or null" : ""}`,
    holds: (value: unknown) => fits(option, value),
  })),
];

/** The first field of a value from elsewhere that is not what a request's must be; `undefined` where it is a request. */
export function wrongField(request: unknown): RequestField | undefined {
  return fields.find(({ path, holds }) => !holds(valueAt(request, path)));
}

/** Whether a value from elsewhere is a request. */
export function isRequest(value: unknown): value is ExplainRequest {
  return wrongField(value) === undefined;
}
