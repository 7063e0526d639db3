/** How one value is stored: `int` must fit a JavaScript number, `packed` is a run of numbers kept as the bytes it came in. */
export type Scalar = "int" | "bigint" | "float" | "string" | "bytes" | "packed";

/** A field of a message: its number in the file and the kind of its value, or the schema of a nested message. */
export type Field = readonly [number: number, kind: Scalar | (() => Schema<object>), repeated?: "repeated"];

type KindOf<V> = V extends number
  ? "int" | "float"
  : V extends bigint
    ? "bigint"
    : V extends string
      ? "string"
      : V extends Uint8Array
        ? "bytes" | "packed"
        : () => Schema<V & object>;

type FieldOf<V> = V extends readonly (infer E)[]
  ? readonly [number: number, kind: KindOf<E>, repeated: "repeated"]
  : readonly [number: number, kind: KindOf<V>];

/** One entry per property of `T`, checked by the compiler against the property's type. */
export type FieldsOf<T> = { readonly [K in Exclude<keyof T, "unknown">]-?: FieldOf<NonNullable<T[K]>> };

/** What every decoded message has: the fields its schema does not name, each as the bytes it came in. */
export interface Message {
  readonly unknown?: readonly Uint8Array[];
}

/** A message type: how its fields are stored. Optional properties are absent when the file does not have them. */
export interface Schema<T extends object> {
  readonly name: string;
  readonly fields: FieldsOf<T> & Readonly<Record<string, Field>>;
}

/** Names a message type and its fields. */
export function schema<T extends Message>(name: string, fields: FieldsOf<T>): Schema<T> {
  return { name, fields: fields as Schema<T>["fields"] };
}

/** The field of a schema with its property name. */
export interface NamedField {
  readonly property: string;
  readonly number: number;
  readonly kind: Field[1];
  readonly repeated: boolean;
}

/** The fields of a schema, in the ways in which they are looked for. */
export interface Plan {
  readonly inOrder: readonly NamedField[];
  readonly byNumber: readonly (NamedField | undefined)[];
  readonly repeated: readonly string[];
}

const plans = new WeakMap<object, Plan>();

/** The fields of a schema in the order of their numbers. */
export function fieldsInOrder(of: Schema<object>): readonly NamedField[] {
  return planOf(of).inOrder;
}

/** How the fields of a schema are found. */
export function planOf(of: Schema<object>): Plan {
  const known = plans.get(of);
  if (known) {
    return known;
  }
  const inOrder = Object.entries<Field>(of.fields)
    .map(([property, [number, kind, repeated]]) => ({ property, number, kind, repeated: repeated !== undefined }))
    .sort((a, b) => a.number - b.number);
  const byNumber: (NamedField | undefined)[] = [];
  for (const field of inOrder) {
    byNumber[field.number] = field;
  }
  const plan = { inOrder, byNumber, repeated: inOrder.filter((f) => f.repeated).map((f) => f.property) };
  plans.set(of, plan);
  return plan;
}

/** Wire types of the format; groups (3, 4) ended with its second version. */
export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
