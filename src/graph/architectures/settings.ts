import { ExplainError } from "../../common/errors";
import { corruptSettings, unknownSetting } from "./refusals";

/** A JSON object of unknown content. */
type JsonObject = Readonly<Record<string, unknown>>;

/** Sizes in a config.json beyond this are taken for damage. */
const largestSize = 2 ** 24;
/** The deepest models known have under 200 layers. */
const mostLayers = 1024;

/**
 * A checkpoint's config.json as its architecture reads it. What an architecture has not asked for and nobody knows to be without effect is refused by {@link refuseUnread}: a switch
 * that is not known could change every number.
 */
export class Settings {
  readonly #json: JsonObject;
  readonly #read = new Set<string>();
  /** Names that {@link refuseUnread} puts in front. */
  readonly #path: string;

  constructor(json: JsonObject, path = "") {
    this.#json = json;
    this.#path = path;
  }

  /** A whole number of at least 1 under the first of several names that is there; without a fallback it must be there. */
  size(names: string | readonly string[], fallback?: number): number {
    return this.#within(names, 1, largestSize, fallback);
  }

  /** A number of layers. */
  layers(names: string | readonly string[], fallback?: number): number {
    return this.#within(names, 1, mostLayers, fallback);
  }

  /** A number of attention heads, which share `width` evenly. */
  heads(names: string | readonly string[], width: number): number {
    const heads = this.size(names);
    if (width % heads !== 0) {
      throw corruptSettings(`${width} numbers cannot be shared by ${heads} attention heads`);
    }
    return heads;
  }

  /** The number of a token, or of something else that is counted from 0. */
  index(names: string | readonly string[], fallback?: number): number {
    return this.#within(names, 0, largestSize, fallback);
  }

  /** A whole number of at least 0, as of a token; of several the first. */
  whole(name: string, fallback: number): number {
    const found = this.#first(name).value ?? fallback;
    const value: unknown = Array.isArray(found) ? found[0] : found;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > largestSize) {
      throw corruptSettings(`${this.#path}${name} is no sensible number`);
    }
    return value;
  }

  /** A finite number. */
  number(names: string | readonly string[], fallback?: number): number {
    const { name, value = fallback } = this.#first(names);
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw corruptSettings(`${this.#path}${name} is no sensible number`);
    }
    return value;
  }

  /** A number that may be `null` or missing. */
  optional(names: string | readonly string[]): number | null {
    const { value } = this.#first(names);
    return value === undefined ? null : this.number(names);
  }

  flag(names: string | readonly string[], fallback: boolean): boolean {
    const { name, value = fallback } = this.#first(names);
    if (typeof value !== "boolean") {
      throw corruptSettings(`${this.#path}${name} is neither true nor false`);
    }
    return value;
  }

  /** One of several words; another one is refused by name. */
  choice<T extends string>(names: string | readonly string[], known: readonly T[], fallback?: T): T {
    const { name, value = fallback } = this.#first(names);
    const found = known.find((word) => word === value);
    if (found === undefined) {
      throw unknownSetting(`${this.#path}${name}`, value);
    }
    return found;
  }

  /** A list of words, numbers or what else it may hold; `null` where it is missing. */
  list(names: string | readonly string[]): readonly unknown[] | null {
    const { name, value } = this.#first(names);
    if (value === undefined) {
      return null;
    }
    if (!Array.isArray(value) || value.length > 10_000) {
      throw corruptSettings(`${this.#path}${name} is no sensible list`);
    }
    return value;
  }

  /** A list of words, which older files have as one text with `|` in between; `null` where it is missing. */
  words(name: string): readonly unknown[] | null {
    const { value } = this.#first(name);
    return typeof value === "string" ? value.split("|", 100).map((word) => word.trim().toLowerCase()) : this.list(name);
  }

  /** How many entries an object under a name has; `null` where it is missing. */
  count(name: string): number | null {
    const { value } = this.#first(name);
    return typeof value === "object" && value !== null ? Object.keys(value).length : null;
  }

  /** The settings under a name, to be read and checked as their own; `null` where they are missing. */
  inner(name: string): Settings | null {
    const { value } = this.#first(name);
    if (value === undefined) {
      return null;
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw corruptSettings(`${this.#path}${name} holds no settings`);
    }
    return new Settings(value as JsonObject, `${this.#path}${name}.`);
  }

  /** Settings that must have one value where they are there, since nothing else is computed here. */
  only(values: Readonly<Record<string, unknown>>): void {
    for (const [name, wanted] of Object.entries(values)) {
      const { value } = this.#first(name);
      if (value !== undefined && value !== wanted) {
        throw unknownSetting(`${this.#path}${name}`, value);
      }
    }
  }

  /** Marks settings as known to have no say in what is computed here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) {
      this.#read.add(name);
    }
  }

  /** Throws `model-unsupported` naming the first setting that nobody has read, but for those of `inert`, which no architecture computes with. */
  refuseUnread(inert: ReadonlySet<string>): void {
    const unread = Object.keys(this.#json).find(
      (name) => !this.#read.has(name) && !inert.has(name) && !saysNothing(this.#json[name]),
    );
    if (unread !== undefined) {
      throw new ExplainError(
        "model-unsupported",
        "config.json says {0}, which is not known here and may change what the model computes. Export the model to ONNX, or remove the setting if it has no effect.",
        `${this.#path}${unread}`.slice(0, 80),
      );
    }
  }

  #within(names: string | readonly string[], least: number, most: number, fallback?: number): number {
    const { name, value } = this.#first(names);
    if (value === undefined && fallback !== undefined) {
      return fallback;
    }
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
      throw corruptSettings(`${this.#path}${name} is no sensible number`);
    }
    return value;
  }

  /** The value under the first name that has one; `null` is taken for none. */
  #first(names: string | readonly string[]): { readonly name: string; readonly value: unknown } {
    const all = typeof names === "string" ? [names] : names;
    this.ignore(...all);
    for (const name of all) {
      const value = Object.hasOwn(this.#json, name) ? this.#json[name] : undefined;
      if (value !== undefined && value !== null) {
        return { name, value };
      }
    }
    return { name: all[0] ?? "", value: undefined };
  }
}

/** Whether a setting is there without a value: `pruned_heads` is `{}` where none are. */
function saysNothing(value: unknown): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}
