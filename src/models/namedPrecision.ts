import type { Precision } from "../common/model";

const named: readonly (readonly [RegExp, Precision])[] = [
  [/_fp32$/, "fp32"],
  [/_(?:fp16|float16)$/, "fp16"],
  [/_bf16$/, "bf16"],
  [/_uint8$/, "uint8"],
  [/_(?:int8|quantized|q8)$/, "int8"],
  [/_q4f16$/, "q4f16"],
  [/_q4$/, "q4"],
  [/_bnb4$/, "bnb4"],
];

/** What the name of an `.onnx` file says of the numbers in it, as exporters write it; `null` where it says nothing. */
export function namedPrecision(file: string): Precision | null {
  const stem = file.toLowerCase().replace(/\.onnx$/, "");
  return named.find(([ending]) => ending.test(stem))?.[1] ?? null;
}

/** What `dtype` or, in older configurations, `torch_dtype` says of the numbers in a checkpoint; `null` where it says nothing. */
export function configuredPrecision(config: Readonly<Record<string, unknown>>): Precision | null {
  const written = config.dtype ?? config.torch_dtype;
  const types: readonly (readonly [string, Precision])[] = [
    ["float32", "fp32"],
    ["float16", "fp16"],
    ["bfloat16", "bf16"],
  ];
  return types.find(([name]) => name === written)?.[1] ?? null;
}
