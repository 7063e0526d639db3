/** Longest list that is looked at in a value that another process or a web view has made. */
const lengthLimit = 100_000;

/** The fields of an object whose values are not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** Tells whether a value that came from elsewhere is what it must be. */
export type Check<T> = (value: unknown) => value is T;

/** Whether a value is an object with fields, and no list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields of a value; none where it has no fields. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** Whether a value is a place in a list, from 0. */
export function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < lengthLimit;
}

/** Whether a value is a list of places in a list. */
export function isIndexList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= lengthLimit && value.every(isIndex);
}

/** Whether a value is true or false. */
export function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

/** A check for the keys of a table; a table of all names of a union is a check that the compiler keeps whole. */
export function isKeyOf<K extends string>(table: Readonly<Record<K, unknown>>): Check<K> {
  return (value): value is K => typeof value === "string" && Object.hasOwn(table, value);
}

/** A check that lets `null` pass too. */
export function orNull<T>(is: Check<T>): Check<T | null> {
  return (value): value is T | null => value === null || is(value);
}

/** A check that lets pass what is not there, too. */
export function orMissing<T>(is: Check<T>): Check<T | undefined> {
  return (value): value is T | undefined => value === undefined || is(value);
}

/** The value where it is what it must be, else what stands in for it. */
export function taken<T>(value: unknown, is: Check<T>, otherwise: T): T {
  return is(value) ? value : otherwise;
}

/** Whether a value is text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Whether a value is a number, and neither infinite nor none. */
export function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Whether a value is a whole number from 0. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** A check for some values. */
export function isOneOf<const T extends string | number>(...allowed: readonly T[]): Check<T> {
  return (value): value is T => allowed.some((one) => one === value);
}

/** A check for lists. */
export function isListOf<T>(is: Check<T>): Check<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(is);
}

/** A check for objects whose values are all alike. */
export function isRecordOf<T>(is: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> => isFields(value) && Object.values(value).every(is);
}

/** A check for objects with all fields of a type; the compiler asks for every one. */
export function hasFields<T extends object>(checks: { readonly [K in keyof T]-?: Check<T[K]> }): Check<T> {
  const all = Object.entries<(value: unknown) => boolean>(checks);
  return (value): value is T => isFields(value) && all.every(([name, is]) => is(value[name]));
}
