import { cpSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "../../scripts/lib/paths.mjs";

const bundled = path.join(root, "models/sentiment");

function copy(folder: string, name: string): string {
  const place = path.join(folder, name);
  cpSync(bundled, place, { recursive: true, filter: (file) => !file.includes(`${path.sep}train`) });
  return place;
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

/** A protobuf field that holds bytes; `claimed` is the length it states, its own when not given. */
function field(number: number, content: Uint8Array | string, claimed?: bigint): Uint8Array {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(claimed ?? BigInt(bytes.length)), bytes]);
}

function numberField(number: number, value: bigint): Uint8Array {
  return Buffer.concat([varint(BigInt(number * 8)), varint(value)]);
}

function entry(key: string, value: string): Uint8Array {
  return field(13, Buffer.concat([field(1, key), field(2, value)]));
}

/** An ONNX model with one initializer. */
function modelWith(initializer: Uint8Array): Uint8Array {
  return Buffer.concat([
    numberField(1, 8n),
    field(8, numberField(2, 17n)),
    field(7, Buffer.concat([field(2, "graph"), field(5, initializer)])),
  ]);
}

/** Copies of the bundled model, each broken in one way, in a folder; paths by the way it is broken. */
export function makeBrokenModels(folder: string): Record<string, string> {
  const model = (name: string, bytes: Uint8Array | string): string => {
    const place = copy(folder, name);
    writeFileSync(path.join(place, "onnx/model.onnx"), bytes);
    return place;
  };
  const truncated = copy(folder, "truncated");
  const file = path.join(truncated, "onnx/model.onnx");
  truncateSync(file, Math.floor(readFileSync(file).length / 2));
  const shape = Buffer.concat([numberField(1, 4n), numberField(2, 1n), field(8, "weight")]);
  return {
    missing: path.join(folder, "is-not-there"),
    truncated,
    "not ONNX": model("not-onnx", "This is a letter, not a model.\n".repeat(100)),
    "external data outside its folder": model(
      "external",
      modelWith(Buffer.concat([shape, entry("location", "../../../../etc/passwd"), numberField(14, 1n)])),
    ),
    "absurd lengths": model(
      "absurd",
      Buffer.concat([numberField(1, 8n), field(7, field(5, shape, 1n << 60n), 1n << 61n)]),
    ),
  };
}
