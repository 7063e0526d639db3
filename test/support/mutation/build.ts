import { type Part, part } from "./parts";

/** A setting of a node: a whole number, several, text, a tensor or a graph. */
export type SettingValue = bigint | bigint[] | string | { readonly tensor: Part[] } | { readonly graph: Part[] };

/** A node as fields; what is not valid can be written too. */
export function nodePart(
  operator: string,
  input: readonly string[],
  output: readonly string[],
  settings: Readonly<Record<string, SettingValue>> = {},
  domain = "",
): Part {
  return part(1, "node", [
    ...input.map((name) => part(1, "input", name)),
    ...output.map((name) => part(2, "output", name)),
    part(4, "opType", operator),
    ...Object.entries(settings).map(([name, value]) =>
      part(5, "attribute", [part(1, "name", name), ...setting(value)]),
    ),
    ...(domain ? [part(7, "domain", domain)] : []),
  ]);
}

function setting(value: SettingValue): Part[] {
  const type = (number: bigint) => part(20, "type", number);
  if (typeof value === "bigint") {
    return [part(3, "i", value), type(2n)];
  }
  if (typeof value === "string") {
    return [part(4, "s", value), type(3n)];
  }
  if (Array.isArray(value)) {
    return [...value.map((number) => part(8, "ints", number)), type(7n)];
  }
  return "tensor" in value ? [part(5, "t", value.tensor), type(4n)] : [part(6, "g", value.graph), type(5n)];
}

/** The fields of a tensor of 64-bit integers. */
export function integers(name: string, dims: readonly number[], values: readonly bigint[]): Part[] {
  const data = new Uint8Array(BigInt64Array.from(values.map((value) => BigInt.asIntN(64, value))).buffer);
  return tensor(name, 7, dims, data);
}

/** The fields of a tensor. */
export function tensor(name: string, type: number, dims: readonly number[], data: Uint8Array): Part[] {
  return [
    ...dims.map((dim) => part(1, "dims", BigInt(dim))),
    part(2, "dataType", BigInt(type)),
    part(8, "name", name),
    part(9, "rawData", data),
  ];
}

/** A named value of a type, with sizes or without a shape. */
export function valuePart(
  number: number,
  property: string,
  name: string,
  elemType: number,
  dims?: readonly bigint[],
): Part {
  const shape = dims?.map((dim) => part(1, "dim", [part(1, "dimValue", dim)]));
  const tensorType = [part(1, "elemType", BigInt(elemType)), ...(shape ? [part(2, "shape", shape)] : [])];
  return part(number, property, [part(1, "name", name), part(2, "type", [part(1, "tensorType", tensorType)])]);
}

/** A graph as fields, for branches and bodies. */
export function graphOfParts(nodes: readonly Part[], inputs: readonly Part[], outputs: readonly Part[]): Part[] {
  return [...nodes, part(2, "name", "inner"), ...inputs, ...outputs];
}
