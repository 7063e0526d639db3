/** The number that stands for each element type in a file. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
} as const;

/** The name of an element type, as the runtime spells it where it knows it. */
export type ElementTypeName = keyof typeof elementTypes;

const bits: ReadonlyMap<number, number> = new Map([
  ...([elementTypes.uint8, elementTypes.int8, elementTypes.bool, 17, 18, 19, 20, 24] as const).map(
    (t) => [t, 8] as const,
  ),
  ...([elementTypes.uint16, elementTypes.int16, elementTypes.float16, elementTypes.bfloat16] as const).map(
    (t) => [t, 16] as const,
  ),
  ...([elementTypes.float32, elementTypes.int32, elementTypes.uint32] as const).map((t) => [t, 32] as const),
  ...([elementTypes.float64, elementTypes.int64, elementTypes.uint64, 14] as const).map((t) => [t, 64] as const),
  [15, 128],
  ...([elementTypes.uint4, elementTypes.int4, 23] as const).map((t) => [t, 4] as const),
  ...([25, 26] as const).map((t) => [t, 2] as const),
]);

const names: ReadonlyMap<number, ElementTypeName> = new Map(
  (Object.keys(elementTypes) as ElementTypeName[]).map((name) => [elementTypes[name], name]),
);

/** Bits of one element as it lies in `rawData`, or `undefined` for text and unknown types. */
export function elementBits(type: number): number | undefined {
  return bits.get(type);
}

/** The name of an element type, or its number for types without arithmetic here. */
export function elementTypeName(type: number): string {
  return names.get(type) ?? `type ${type}`;
}
