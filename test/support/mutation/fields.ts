import { everywhere, graphParts, inside, named, type Part, part, textOf } from "./parts";
import type { Choice } from "./random";

/** Damage to the fields of a model, which may be changed in place. */
export type FieldDamage = (model: Part[], choice: Choice) => void;

const operators = (
  "Abs Add And ArgMax AveragePool BatchNormalization BitShift Cast Ceil Clip Compress Concat ConcatFromSequence ConstantOfShape Conv ConvTranspose " +
  "CumSum DepthToSpace DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Equal Erf Expand EyeLike Flatten GRU Gather GatherElements " +
  "GatherND Gemm GlobalAveragePool GridSample HardSigmoid Hardmax Identity If InstanceNormalization IsNaN LRN LSTM LayerNormalization LogSoftmax Loop " +
  "LpNormalization MatMul MatMulInteger Max MaxPool MaxUnpool Mean Mod Mul Multinomial Neg NonMaxSuppression NonZero Not OneHot Optional Or PRelu Pad " +
  "Pow QLinearMatMul QuantizeLinear RNN RandomNormal RandomUniformLike Range ReduceMax ReduceMean ReduceSum Reshape Resize ReverseSequence RoiAlign " +
  "Scan ScatterElements ScatterND SequenceAt SequenceConstruct Shape Shrink Size Slice Softmax SpaceToDepth Split SplitToSequence Sqrt Squeeze " +
  "StringNormalizer Sum Tanh TfIdfVectorizer Tile TopK Transpose Trilu Unique Unsqueeze Upsample Where Xor Attention RotaryEmbedding Swish NoSuchThing"
).split(" ");
const fusedOperators = (
  "Attention MultiHeadAttention GroupQueryAttention SkipLayerNormalization EmbedLayerNormalization BiasGelu FastGelu QuickGelu FusedMatMul FusedGemm " +
  "RotaryEmbedding MatMulNBits QAttention DecoderMaskedSelfAttention BeamSearch GatherBlockQuantized PackedAttention LongformerAttention Inverse Pad " +
  "NGramRepeatBlock WordConvEmbedding CropAndResize MoE QEmbedLayerNormalization Trilu Unique BifurcationDetector SparseAttention Sampling"
).split(" ");

const text = (words: string) => new TextEncoder().encode(words);

function nodes(model: readonly Part[]): Part[] {
  return named(graphParts(model), "node");
}

function children(parts: readonly Part[], property: string): Part[] {
  return parts.flatMap((one) => named(inside(one), property));
}

function removeFrom(container: Part[], one: Part | undefined): void {
  const at = one ? container.indexOf(one) : -1;
  if (at >= 0) {
    container.splice(at, 1);
  }
}

const tensors = (model: readonly Part[]): Part[] =>
  everywhere(model, ({ property }) => property === "initializer" || property === "t");

/** Ways to damage fields by name. */
export const fieldDamages: Readonly<Record<string, FieldDamage>> = {
  "lengths that lie": (model, choice) => {
    const one = choice.of(everywhere(model, ({ wire }) => wire === 2));
    if (one) {
      const size = one.value instanceof Uint8Array ? BigInt(one.value.length) : 100n;
      const absurd = choice.absurd();
      one.claimed = choice.of([size + 1n, size - 1n, size * 2n, 0n, absurd, absurd, 2n ** 60n]) ?? 0n;
    }
  },
  "numbers of any size": (model, choice) => {
    const one = choice.of(everywhere(model, ({ wire }) => wire === 0));
    if (one) {
      one.value = choice.absurd();
    }
  },
  "absurd dimensions": (model, choice) => {
    const kind = choice.of(["dims", "dimValue", "dims", "dim"]);
    if (kind === "dim") {
      // A name for a size becomes a number.
      const one = choice.of(everywhere(model, ({ property }) => property === "dim"));
      if (one) {
        one.value = [part(1, "dimValue", choice.absurd())];
      }
      return;
    }
    const one = choice.of(everywhere(model, ({ property }) => property === kind));
    if (one) {
      one.value = choice.absurd();
    }
    const weight = choice.of(named(graphParts(model), "initializer"));
    if (choice.below(3) === 0 && Array.isArray(weight?.value)) {
      // Products that overflow, or come to the same number as before.
      weight.value.unshift(...Array.from({ length: 1 + choice.below(4) }, () => part(1, "dims", choice.absurd())));
    }
  },
  "absurd integer constants": (model, choice) => {
    const constants = tensors(model).filter((one) => {
      const type = named(inside(one), "dataType")[0]?.value;
      return (type === 7n || type === 6n) && named(inside(one), "rawData").length > 0;
    });
    const data = named(inside(choice.of(constants)), "rawData")[0];
    if (data?.value instanceof Uint8Array && data.value.length >= 8) {
      const changed = new BigInt64Array(new Uint8Array(data.value).buffer.slice(0, data.value.length & ~7));
      changed[choice.below(changed.length)] = choice.absurd();
      data.value = new Uint8Array(changed.buffer);
    }
  },
  "wrong element types": (model, choice) => {
    const one = choice.of(everywhere(model, ({ property }) => property === "dataType" || property === "elemType"));
    if (one) {
      one.value = BigInt(choice.below(30));
    }
  },
  "wrong raw data": (model, choice) => {
    const one = choice.of(everywhere(model, ({ property }) => property === "rawData"));
    if (one?.value instanceof Uint8Array) {
      const length = choice.of([0, one.value.length - 1, one.value.length + 1, one.value.length * 2, 1]) ?? 0;
      const bytes = new Uint8Array(Math.max(0, length));
      bytes.set(one.value.subarray(0, bytes.length));
      one.value = bytes;
    }
  },
  "dimensions and data that agree": (model, choice) => {
    // A weight of another size than what reads it expects, rightly described.
    const weight = choice.of(named(graphParts(model), "initializer"));
    const parts = inside(weight);
    const dims = named(parts, "dims");
    const data = named(parts, "rawData")[0];
    const dim = choice.of(dims);
    if (dim && data?.value instanceof Uint8Array) {
      const before = dims.reduce((product, { value }) => product * Number(value), 1);
      dim.value = BigInt(choice.of([0, 1, 2, 3, 7, 64]) ?? 0);
      const after = dims.reduce((product, { value }) => product * Number(value), 1);
      const bytes = new Uint8Array((data.value.length / Math.max(1, before)) * after);
      bytes.set(data.value.subarray(0, bytes.length));
      data.value = bytes;
    }
  },
  "settings changed": (model, choice) => {
    const settings = everywhere(model, ({ property }) => property === "i" || property === "ints" || property === "f");
    const one = choice.of(settings);
    if (one) {
      one.value = one.wire === 0 ? choice.absurd() : choice.bytes(4);
    }
  },
  "settings gone or of another kind": (model, choice) => {
    const holder = choice.of(nodes(model).filter((node) => named(inside(node), "attribute").length > 0));
    const attribute = choice.of(named(inside(holder), "attribute"));
    if (choice.below(2) === 0) {
      removeFrom(inside(holder), attribute);
    } else if (Array.isArray(attribute?.value)) {
      const kept = attribute.value.filter(({ property }) => property === "name");
      attribute.value = [
        ...kept,
        choice.of([part(3, "i", choice.absurd()), part(4, "s", choice.bytes(5)), part(8, "ints", choice.absurd())]) ??
          part(3, "i", 0n),
        part(20, "type", BigInt(choice.below(15))),
      ];
    }
  },
  "missing inputs": (model, choice) => {
    const graph = graphParts(model);
    const from = choice.of(["input", "output", "initializer", "node", "read", "result"]) ?? "";
    if (from === "read" || from === "result") {
      const node = choice.of(nodes(model));
      removeFrom(inside(node), choice.of(named(inside(node), from === "read" ? "input" : "output")));
    } else {
      removeFrom(graph, choice.of(named(graph, from)));
    }
  },
  "names that do not fit": (model, choice) => {
    const reads = children(nodes(model), "input");
    const all = [...reads, ...children(nodes(model), "output"), ...children(named(graphParts(model), "input"), "name")];
    const one = choice.of(all);
    if (one) {
      one.value =
        choice.of(
          [
            text(""),
            text("nowhere"),
            text("explain/attention/0"),
            choice.of(all)?.value ?? "",
            text("x".repeat(100_000)),
          ].filter((value) => value instanceof Uint8Array),
        ) ?? text("");
    }
  },
  "duplicate names": (model, choice) => {
    const graph = graphParts(model);
    const kind = choice.of(["initializer", "node", "input", "output", "valueInfo"]) ?? "";
    const one = choice.of(named(graph, kind));
    const other = choice.of(named(graph, kind));
    if (one) {
      graph.push(choice.below(2) === 0 || !other ? one : { ...other, value: renamedLike(other, one) });
    }
  },
  circles: (model, choice) => {
    const all = nodes(model);
    const first = choice.below(all.length);
    const later = choice.of(all.slice(first));
    const read = choice.of(named(inside(all[first]), "input"));
    const result = choice.of(named(inside(later), "output"));
    if (read && result) {
      read.value = result.value;
    }
  },
  "order of nodes": (model, choice) => {
    const graph = graphParts(model);
    const one = choice.of(named(graph, "node"));
    if (one) {
      removeFrom(graph, one);
      graph.splice(choice.below(graph.length), 0, one);
    }
  },
  "unknown operators": (model, choice) => {
    const node = choice.of(nodes(model));
    const parts = inside(node);
    const name = choice.of([text("NoSuchThing"), text(""), choice.bytes(3), text("A".repeat(10_000))]) ?? text("");
    const kind = choice.of(["opType", "domain"]);
    const one = named(parts, kind ?? "")[0];
    if (one) {
      one.value = name;
    } else {
      parts.push(part(7, "domain", name));
    }
  },
  "other operators": (model, choice) => {
    const parts = inside(choice.of(nodes(model)));
    const fused = choice.below(3) === 0;
    const one = named(parts, "opType")[0];
    if (one) {
      one.value = text(choice.of(fused ? fusedOperators : operators) ?? "");
    }
    if (fused) {
      parts.push(part(7, "domain", "com.microsoft"));
    }
  },
  "text that is none": (model, choice) => {
    const names = new Set([
      "name",
      "input",
      "output",
      "opType",
      "domain",
      "dimParam",
      "producerName",
      "s",
      "key",
      "refAttrName",
    ]);
    const one = choice.of(everywhere(model, ({ property }) => names.has(property)));
    if (one) {
      one.value =
        choice.of([
          Uint8Array.of(0xff, 0xfe),
          Uint8Array.of(0xc3, 0x28),
          Uint8Array.of(0),
          Uint8Array.of(0xed, 0xa0, 0x80),
        ]) ?? text("");
    }
  },
  "operator sets": (model, choice) => {
    const one = choice.of(everywhere(model, ({ property }) => property === "version" || property === "irVersion"));
    if (one) {
      one.value = choice.of([0n, -1n, 5n, 7n, 11n, 13n, 21n, 99n, choice.absurd()]) ?? 0n;
    }
  },
  "parts from elsewhere": (model, choice) => {
    // Any field at any depth takes the content of another of the same form.
    const all = everywhere(model, ({ wire }) => wire === 2);
    const [one, other] = [choice.of(all), choice.of(all)];
    if (one && other && !everywhere([other], (inner) => inner === one).length) {
      one.value = other.value;
    }
  },
};

function renamedLike(one: Part, like: Part): Part[] {
  const property = one.property === "node" ? "output" : "name";
  const name = textOf(named(inside(like), property)[0]);
  return inside(one).map((inner) => (inner.property === property ? { ...inner, value: text(name) } : inner));
}
