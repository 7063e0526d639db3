import type { Choice } from "./random";

/** Damage of a JSON text that knows nothing of what it says: the text is whole afterwards unless it says otherwise. */
export type JsonDamage = (text: string, choice: Choice) => string;

/** Names that plain objects have already, and others that programs trip over. */
export const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "length", "", "0", "-1"];

const long = (length: number) => JSON.stringify("a".repeat(length));
const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

/** Values as JSON texts that are hardly ever meant. */
const absurd = [
  "null",
  "true",
  "0",
  "-1",
  "0.5",
  "1e308",
  "1e400",
  "2147483647",
  "2147483648",
  "9007199254740993",
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202e\\u001b[31m\\n"',
  '"constructor"',
  '"__proto__"',
  "[]",
  "{}",
  "[[]]",
  '{"__proto__":{"type":"WordLevel","id":0,"ids":[0],"vocab":{}}}',
  '{"constructor":1,"toString":2}',
  long(100_000),
  `[${"0,".repeat(200_000)}0]`,
  `[${"[],".repeat(200_000)}[]]`,
  `[${'"a",'.repeat(200_000)}"a"]`,
  nested(5000, "[", "]"),
  nested(5000, '{"a":', "}").replace('{"a":}', '{"a":0}'),
];

type Place = { readonly holder: Record<string, unknown> | unknown[]; readonly key: string };

function places(value: unknown, found: Place[] = []): Place[] {
  if (typeof value === "object" && value !== null) {
    for (const key of Object.keys(value)) {
      found.push({ holder: value as Record<string, unknown>, key });
      places((value as Record<string, unknown>)[key], found);
    }
  }
  return found;
}

/** A text that stands for another JSON text until everything is written. */
const mark = "\u0001here\u0001";

function changed(text: string, choice: Choice, change: (place: Place) => void, put = ""): string {
  const value = JSON.parse(text);
  // Of a large vocabulary no more than of everything else.
  const all = places(value);
  const outer = all.filter(({ holder }) => Object.keys(holder).length < 9);
  const place = choice.of(choice.below(3) > 0 && outer.length > 0 ? outer : all);
  if (place) {
    change(place);
  }
  return JSON.stringify(value).replaceAll(JSON.stringify(mark), () => put);
}

function set({ holder, key }: Place, value: unknown): void {
  if (Array.isArray(holder) && key === "length") {
    holder.push(value);
    return;
  }
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function get({ holder, key }: Place): unknown {
  return (holder as Record<string, unknown>)[key];
}

/** Ways to damage a JSON text by name. */
export const jsonDamages: Readonly<Record<string, JsonDamage>> = {
  "value absurd": (text, choice) => changed(text, choice, (place) => set(place, mark), choice.of(absurd) ?? "0"),
  "field missing": (text, choice) =>
    changed(text, choice, ({ holder, key }) => {
      Reflect.deleteProperty(holder, key);
    }),
  "field named otherwise": (text, choice) =>
    changed(text, choice, (place) => {
      const value = get(place);
      Reflect.deleteProperty(place.holder, place.key);
      set({ holder: place.holder, key: choice.of(names) ?? "" }, value);
    }),
  "field added": (text, choice) =>
    changed(text, choice, ({ holder }) => set({ holder, key: choice.of(names) ?? "" }, mark), choice.of(absurd) ?? "0"),
  "number absurd": (text, choice) =>
    changed(
      text,
      choice,
      (place) => set(place, typeof get(place) === "number" ? mark : get(place)),
      String(choice.absurd()),
    ),
  "fields swapped": (text, choice) => {
    const value = JSON.parse(text);
    const [a, b] = [choice.of(places(value)), choice.of(places(value))];
    if (a && b) {
      const [first, second] = [structuredClone(get(a)), structuredClone(get(b))];
      set(a, second);
      set(b, first);
    }
    return JSON.stringify(value);
  },
  "text cut": (text, choice) => text.slice(0, choice.below(text.length)),
  "bits flipped": (text, choice) => {
    const bytes = Buffer.from(text);
    for (let count = 1 + choice.below(4); count > 0; count--) {
      const at = choice.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << choice.below(8));
    }
    return bytes.toString("latin1");
  },
};
