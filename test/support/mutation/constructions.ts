import { graphOfParts, integers, nodePart, tensor, valuePart } from "./build";
import { graphParts, inside, named, type Part, part, textOf } from "./parts";
import type { Choice } from "./random";

/** Adds to a whole model what a person would write who means harm; changes the fields in place. */
export type Construction = (model: Part[], choice: Choice) => void;

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const sizes = [0n, 1n, 2n ** 20n, 2n ** 26n, 2n ** 28n, 2n ** 31n, 2n ** 33n, 2n ** 40n, 2n ** 62n, -1n, -(2n ** 62n)];

/** Puts nodes between what made the logits and the logits; they read "before" and must make "logits". */
function behind(model: Part[], nodes: readonly Part[], constants: readonly Part[][] = []): void {
  const graph = graphParts(model);
  for (const node of named(graph, "node")) {
    for (const one of [...named(inside(node), "output"), ...named(inside(node), "input")]) {
      if (textOf(one) === "logits") {
        one.value = new TextEncoder().encode("before");
      }
    }
  }
  graph.push(...nodes, ...constants.map((constant) => part(5, "initializer", constant)));
}

/** The logits plus a single number made of `value`. */
function plus(value: string): Part[] {
  return [
    nodePart("Cast", [value], ["as float"], { to: 1n }),
    nodePart("ReduceMax", ["as float"], ["one number"], { keepdims: 0n }),
    nodePart("Add", ["before", "one number"], ["logits"]),
  ];
}

type Growth = (size: bigint) => { readonly nodes: Part[]; readonly constants?: Part[][] };

/** Operators that make much of little. */
const growths: Readonly<Record<string, Growth>> = {
  ConstantOfShape: (size) => ({
    nodes: [nodePart("ConstantOfShape", ["sizes"], ["large"]), ...plus("large")],
    constants: [integers("sizes", [1], [size])],
  }),
  "ConstantOfShape, two axes": (size) => ({
    nodes: [nodePart("ConstantOfShape", ["sizes"], ["large"]), ...plus("large")],
    constants: [integers("sizes", [2], [size, size])],
  }),
  "ConstantOfShape of a computed size": (size) => ({
    nodes: [
      nodePart("Shape", ["input_ids"], ["shape"]),
      nodePart("Mul", ["shape", "sizes"], ["more"]),
      nodePart("ConstantOfShape", ["more"], ["large"]),
      ...plus("large"),
    ],
    constants: [integers("sizes", [1], [size])],
  }),
  "ConstantOfShape of a constant Cast": (size) => ({
    nodes: [
      nodePart("Cast", ["sizes"], ["cast"], { to: 6n }),
      nodePart("Cast", ["cast"], ["back"], { to: 7n }),
      nodePart("ConstantOfShape", ["back"], ["large"]),
      ...plus("large"),
    ],
    constants: [integers("sizes", [1], [size])],
  }),
  Expand: (size) => ({
    nodes: [nodePart("Expand", ["one", "sizes"], ["large"]), ...plus("large")],
    constants: [integers("sizes", [2], [size, 3n]), tensor("one", 1, [], floats(1))],
  }),
  "Expand of the logits": (size) => ({
    nodes: [
      nodePart("Unsqueeze", ["before", "axis"], ["wide"]),
      nodePart("Expand", ["wide", "sizes"], ["large"]),
      ...plus("large"),
    ],
    constants: [integers("sizes", [3], [1n, 3n, size]), integers("axis", [1], [2n])],
  }),
  Tile: (size) => ({
    nodes: [nodePart("Tile", ["before", "sizes"], ["large"]), ...plus("large")],
    constants: [integers("sizes", [2], [1n, size])],
  }),
  Range: (size) => ({
    nodes: [nodePart("Range", ["nought", "size", "step"], ["large"]), ...plus("large")],
    constants: [integers("nought", [], [0n]), integers("size", [], [size]), integers("step", [], [1n])],
  }),
  "Range of floats": (size) => ({
    nodes: [nodePart("Range", ["nought", "size", "step"], ["large"]), ...plus("large")],
    constants: [
      tensor("nought", 1, [], floats(0)),
      tensor("size", 1, [], floats(Number(size))),
      tensor("step", 1, [], floats(1)),
    ],
  }),
  HannWindow: (size) => ({
    nodes: [nodePart("HannWindow", ["size"], ["large"]), ...plus("large")],
    constants: [integers("size", [], [size])],
  }),
  Multinomial: (size) => ({
    nodes: [nodePart("Multinomial", ["before"], ["large"], { sample_size: size }), ...plus("large")],
  }),
  Pad: (size) => ({
    nodes: [nodePart("Pad", ["before", "sizes"], ["large"]), ...plus("large")],
    constants: [integers("sizes", [4], [0n, 0n, 0n, size])],
  }),
  OneHot: (size) => ({
    nodes: [nodePart("OneHot", ["input_ids", "size", "values"], ["large"]), ...plus("large")],
    constants: [integers("size", [1], [size]), tensor("values", 1, [2], floats(0, 1))],
  }),
  RandomNormal: (size) => ({ nodes: [nodePart("RandomNormal", [], ["large"], { shape: [size] }), ...plus("large")] }),
  EyeLike: (size) => ({
    nodes: [
      nodePart("ConstantOfShape", ["sizes"], ["no places"]),
      nodePart("EyeLike", ["no places"], ["large"], { dtype: 1n }),
      ...plus("large"),
    ],
    constants: [integers("sizes", [2], [size, 2n])],
  }),
  Resize: (size) => ({
    nodes: [nodePart("Resize", ["before", "", "", "sizes"], ["large"]), ...plus("large")],
    constants: [integers("sizes", [2], [1n, size])],
  }),
  Upsample: (size) => ({
    nodes: [nodePart("Upsample", ["before", "scales"], ["large"]), ...plus("large")],
    constants: [tensor("scales", 1, [2], floats(1, Number(size)))],
  }),
  Reshape: (size) => ({
    nodes: [nodePart("Reshape", ["before", "sizes"], ["large"]), ...plus("large")],
    constants: [integers("sizes", [2], [-1n, size])],
  }),
  TopK: (size) => ({
    nodes: [nodePart("TopK", ["before", "size"], ["large", "places"]), ...plus("large")],
    constants: [integers("size", [1], [size])],
  }),
  Split: (size) => ({
    nodes: [nodePart("Split", ["before", "sizes"], ["large", "rest"], { axis: 1n }), ...plus("large")],
    constants: [integers("sizes", [2], [size, 3n - size])],
  }),
  Slice: (size) => ({
    nodes: [nodePart("Slice", ["before", "no places", "sizes", "axes", "steps"], ["large"]), ...plus("large")],
    constants: [
      integers("no places", [1], [0n]),
      integers("sizes", [1], [size]),
      integers("axes", [1], [1n]),
      integers("steps", [1], [size]),
    ],
  }),
  Gather: (size) => ({
    nodes: [nodePart("Gather", ["before", "place"], ["large"], { axis: 1n }), ...plus("large")],
    constants: [integers("place", [1], [size])],
  }),
  "an axis that is none": (size) => ({ nodes: [nodePart("Softmax", ["before"], ["logits"], { axis: size })] }),
  "axes that are none": (size) => ({
    nodes: [nodePart("Unsqueeze", ["before", "axes"], ["large"]), ...plus("large")],
    constants: [integers("axes", [1], [size])],
  }),
  "very many axes": (size) => {
    const count = Math.min(5000, Number(size < 0n ? 50n : size % 5000n) + 50);
    const axes = Array.from({ length: count }, (_, axis) => BigInt(axis));
    return {
      nodes: [nodePart("Unsqueeze", ["before", "axes"], ["large"]), ...plus("large")],
      constants: [integers("axes", [count], axes)],
    };
  },
  "Concat of Concat": (size) => {
    const rounds = Math.min(60, size.toString(2).length);
    const axis = size % 3n === 0n ? 0n : 1n;
    const grown = Array.from({ length: rounds }, (_, i) =>
      nodePart("Concat", i === 0 ? ["before", "before"] : [`c${i - 1}`, `c${i - 1}`], [`c${i}`], { axis }),
    );
    return { nodes: [...grown, ...plus(`c${rounds - 1}`)] };
  },
  "MatMul of large constants": (size) => {
    const side = 2n ** BigInt(Math.min(16, size.toString(2).length / 3));
    return {
      nodes: [
        nodePart("ConstantOfShape", ["sizes"], ["a"]),
        nodePart("MatMul", ["a", "a"], ["b"]),
        nodePart("MatMul", ["b", "a"], ["large"]),
        ...plus("large"),
      ],
      constants: [integers("sizes", [2], [side, side])],
    };
  },
  "an outer product": (size) => ({
    nodes: [
      nodePart("ConstantOfShape", ["across"], ["a"]),
      nodePart("ConstantOfShape", ["down"], ["b"]),
      nodePart("Add", ["a", "b"], ["large"]),
      ...plus("large"),
    ],
    constants: [
      integers("across", [2], [1n, BigInt.asUintN(62, size) % 2n ** 24n]),
      integers("down", [2], [BigInt.asUintN(62, size) % 2n ** 24n, 1n]),
    ],
  }),
};

/** A graph in a graph in a graph: branches of `If`, each holding the next, with a number in the middle. */
function nestedIf(depth: number, condition: string): Part {
  const output = (name: string) => valuePart(12, "output", name, 1);
  let inner = graphOfParts([nodePart("Identity", ["before"], ["inner 0"])], [], [output("inner 0")]);
  for (let i = 1; i < depth; i++) {
    const node = nodePart("If", [condition], [`inner ${i}`], {
      then_branch: { graph: inner },
      else_branch: { graph: inner },
    });
    // The same branch twice would double the file at each level.
    inside(node).pop();
    inside(node).push(
      part(5, "attribute", [
        part(1, "name", "else_branch"),
        part(6, "g", graphOfParts([nodePart("Identity", ["before"], [`other ${i}`])], [], [output(`other ${i}`)])),
        part(20, "type", 5n),
      ]),
    );
    inner = graphOfParts([node], [], [output(`inner ${i}`)]);
  }
  return nodePart("If", [condition], ["logits"], {
    then_branch: { graph: inner },
    else_branch: { graph: inner.slice() },
  });
}

function loop(rounds: bigint, nested: boolean): Part[] {
  const body = (nodes: Part[]): Part[] =>
    graphOfParts(
      [...nodes, nodePart("Identity", ["go"], ["go on"])],
      [valuePart(11, "input", "round", 7, []), valuePart(11, "input", "go", 9, []), valuePart(11, "input", "state", 1)],
      [valuePart(12, "output", "go on", 9, []), valuePart(12, "output", "next", 1)],
    );
  const simple = body([nodePart("Add", ["state", "state"], ["next"])]);
  const inner = nested
    ? body([nodePart("Loop", ["rounds", "go", "state"], ["next"], { body: { graph: simple } })])
    : simple;
  return [nodePart("Loop", ["rounds", "always", "before"], ["logits"], { body: { graph: inner } })].map((node) => {
    inside(node).push(part(3, "name", `loop ${rounds}`));
    return node;
  });
}

function functionPart(name: string, nodes: readonly Part[], inputs = ["a"], outputs = ["b"]): Part {
  return part(25, "functions", [
    part(1, "name", name),
    ...inputs.map((input) => part(4, "input", input)),
    ...outputs.map((output) => part(5, "output", output)),
    ...nodes.map((node) => ({ ...node, number: 7 })),
    part(9, "opsetImport", [part(2, "version", 17n)]),
    part(9, "opsetImport", [part(1, "domain", "own"), part(2, "version", 1n)]),
    part(10, "domain", "own"),
  ]);
}

/** Functions that call each other: `calls[i]` are the numbers of those that function i calls, one after the other. */
function functions(model: Part[], calls: readonly (readonly number[])[]): void {
  model.push(
    part(8, "opsetImport", [part(1, "domain", "own"), part(2, "version", 1n)]),
    ...calls.map((called, index) => {
      const nodes = called.map((number, place) =>
        nodePart(
          `f${number}`,
          [place === 0 ? "a" : `c${place}`],
          [place === called.length - 1 ? "b" : `c${place + 1}`],
          {},
          "own",
        ),
      );
      return functionPart(`f${index}`, nodes.length > 0 ? nodes : [nodePart("Identity", ["a"], ["b"])]);
    }),
  );
  behind(model, [nodePart("f0", ["before"], ["logits"], {}, "own")]);
}

function external(model: Part[], choice: Choice, location: string, offset?: string, length?: string): void {
  const weights = named(graphParts(model), "initializer").filter((one) => named(inside(one), "rawData").length > 0);
  const weight = choice.of(weights);
  if (Array.isArray(weight?.value)) {
    const entry = (key: string, value: string) =>
      part(13, "externalData", [part(1, "key", key), part(2, "value", value)]);
    weight.value = [
      ...weight.value.filter(({ property }) => property !== "rawData"),
      entry("location", location),
      ...(offset === undefined ? [] : [entry("offset", offset)]),
      ...(length === undefined ? [] : [entry("length", length)]),
      part(14, "dataLocation", 1n),
    ];
  }
}

/** Places outside a model's folder, in every spelling. */
const outside = [
  "/etc/passwd",
  "../secret.bin",
  "inner/../../secret.bin",
  "..\\secret.bin",
  "C:\\secret.bin",
  "\\\\server\\share\\secret.bin",
  "file:///etc/passwd",
  "link.bin",
  "linkedFolder/secret.bin",
  "weights.bin\0../secret.bin",
  "*/_ORT_MEM_ADDR_/weights",
  "",
  ".",
  "..",
  "/proc/self/mem",
  "/dev/zero",
];
const positions = [
  "0",
  "-1",
  "1",
  "999999999999",
  "9007199254740991",
  "9007199254740993",
  "1e3",
  "0x10",
  "",
  " 5",
  "NaN",
  "18446744073709551615",
];

/** Ways to write a harmful model by name. */
export const constructions: Readonly<Record<string, Construction>> = {
  "external data outside": (model, choice) => {
    external(model, choice, choice.of(outside) ?? "");
  },
  "external data at any place": (model, choice) => {
    external(
      model,
      choice,
      choice.of(["weights.bin", "empty.bin", "absent.bin", "folder"]) ?? "",
      choice.of(positions),
      choice.of([undefined, ...positions]),
    );
  },
  "shapes of absurd size": (model, choice) => {
    const growth = choice.of(Object.values(growths));
    const { nodes, constants = [] } = growth?.(choice.of(sizes) ?? 0n) ?? { nodes: [] };
    behind(model, nodes, constants);
  },
  "functions in circles": (model, choice) => {
    const kind = choice.below(4);
    if (kind === 0) {
      functions(model, [[0]]);
    } else if (kind === 1) {
      const count = 2 + choice.below(20);
      functions(
        model,
        Array.from({ length: count }, (_, i) => [(i + 1) % count]),
      );
    } else if (kind === 2) {
      // Each calls the next several times: few lines that stand for very many.
      const depth = 5 + choice.below(80);
      const times = 2 + choice.below(9);
      functions(
        model,
        Array.from({ length: depth }, (_, i) => (i + 1 < depth ? Array.from({ length: times }, () => i + 1) : [])),
      );
    } else {
      const depth = choice.of([60, 70, 500, 5000]) ?? 0;
      functions(
        model,
        Array.from({ length: depth }, (_, i) => (i + 1 < depth ? [i + 1] : [])),
      );
    }
  },
  "graphs in graphs": (model, choice) => {
    const depth = choice.of([2, 10, 24, 32, 60, 300]) ?? 0;
    const constant = choice.below(2) === 0;
    behind(
      model,
      constant
        ? [nestedIf(depth, "always")]
        : [
            nodePart("ReduceMax", ["input_ids"], ["largest"], { keepdims: 0n }),
            nodePart("Cast", ["largest"], ["always"], { to: 9n }),
            nestedIf(depth, "always"),
          ],
      constant ? [tensor("always", 9, [], Uint8Array.of(1))] : [],
    );
  },
  loops: (model, choice) => {
    const rounds = choice.of([...sizes, 10n, 1000n]) ?? 0n;
    behind(model, loop(rounds, choice.below(3) === 0), [
      tensor("always", 9, [], Uint8Array.of(1)),
      integers("rounds", [], [rounds]),
    ]);
  },
  "messages in messages": (model, choice) => {
    // A sequence of sequences of sequences, or bare lengths.
    const depth = choice.of([50, 99, 150, 1000, 20_000]) ?? 0;
    const known = choice.below(2) === 0;
    let inner: Part[] = [part(1, "tensorType", [part(1, "elemType", 1n)])];
    let bytes: Uint8Array = new Uint8Array(0);
    if (known) {
      for (let i = 0; i < Math.min(depth, 1000); i++) {
        inner = [part(4, "", [part(1, "", inner)])];
      }
      graphParts(model).push(part(13, "valueInfo", [part(1, "name", "deep"), part(2, "type", inner)]));
    } else {
      for (let i = 0; i < Math.min(depth, 5000); i++) {
        const length = bytes.length;
        bytes = Buffer.concat([Uint8Array.of(0x3a, 0x80 | (length & 127), length >> 7), bytes]).subarray(0, 16_000);
      }
      model.push(part(7, "", bytes));
    }
  },
  "very many parts": (model, choice) => {
    const count = choice.of([1000, 5000, 20_000]) ?? 0;
    const few = Math.min(count, 5000);
    const kind = choice.below(3);
    if (kind === 0) {
      behind(
        model,
        Array.from({ length: count }, (_, i) =>
          nodePart("Identity", [i === 0 ? "before" : `n${i}`], [i === count - 1 ? "logits" : `n${i + 1}`]),
        ),
      );
    } else if (kind === 1) {
      behind(
        model,
        Array.from({ length: few }, (_, i) =>
          nodePart("Add", [i === 0 ? "before" : `n${i}`, "before"], [i === few - 1 ? "logits" : `n${i + 1}`]),
        ),
      );
    } else {
      graphParts(model).push(
        ...Array.from({ length: count }, (_, i) => part(5, "initializer", tensor(`unused ${i}`, 1, [], floats(1)))),
      );
    }
  },
  "Softmax without end": (model, choice) => {
    const count = choice.of([50, 150, 2000]) ?? 0;
    behind(
      model,
      Array.from({ length: count }, (_, i) =>
        nodePart("Softmax", [i === 0 ? "before" : `n${i}`], [i === count - 1 ? "logits" : `n${i + 1}`], { axis: -1n }),
      ),
    );
  },
};
