import { availableParallelism } from "node:os";
import type { InferenceSession } from "onnxruntime-node";
import { ExplainError } from "../common/errors";

type Runtime = typeof import("onnxruntime-node");

let runtime: Promise<Runtime> | undefined;

/** Loads the native runtime at first use; throws `engine-unavailable` on a platform it has no binary for. */
export function loadRuntime(): Promise<Runtime> {
  runtime ??= importRuntime();
  return runtime;
}

async function importRuntime(): Promise<Runtime> {
  // Without it the runtime reports each session to its maker, and writes a number of this machine into the home folder. It looks once, at the start.
  process.env.ORT_DISABLE_TELEMETRY = "1";
  try {
    const imported: Runtime & { readonly default?: Runtime } = await import("onnxruntime-node");
    return imported.default ?? imported;
  } catch (error) {
    throw new ExplainError(
      "engine-unavailable",
      "ONNX Runtime cannot be loaded on {0}-{1}: {2} Install the extension's package for this platform.",
      process.platform,
      process.arch,
      firstLine(error),
    );
  }
}

/** The version of ONNX Runtime in use. */
export async function runtimeVersion(): Promise<string> {
  const { env } = await loadRuntime();
  return env.versions.node ?? env.versions.common;
}

/** Threads for one run: what the person asked for, or half of a large machine and all of a small one. */
function threadCount(wanted: number): number {
  const processors = availableParallelism();
  if (wanted > 0) {
    return Math.min(Math.floor(wanted), processors);
  }
  return processors <= 4 ? Math.min(processors, 2) : Math.min(8, Math.ceil(processors / 2));
}

/**
 * How products read their weights: from a packed copy that is made when the model is loaded, or straight from where they lie. The latter takes
 * neither memory nor time to load, but some time in every run, and maps the file as long as the model is loaded.
 */
export type WeightUse = "packed" | "mapped";

/** How every model is loaded; weights that are left in files lie in the folder `weights`. */
export function sessionOptions(
  threads: number,
  weights?: string,
  use: WeightUse = "packed",
): InferenceSession.SessionOptions {
  const folder = weights === undefined ? {} : { model_external_initializers_file_folder_path: weights };
  const packing = use === "packed" ? {} : { disable_prepacking: "1" };
  return {
    intraOpNumThreads: threadCount(threads),
    interOpNumThreads: 1,
    // An arena would keep what the largest run took, and grow with every new length of text; without one, runs take as long.
    enableCpuMemArena: false,
    enableMemPattern: false,
    graphOptimizationLevel: "all",
    logSeverityLevel: 4,
    // Threads wait for each other awake for a moment, which is faster; longer would slow a busy machine, and after a run burn it while the person reads.
    extra: {
      session: {
        intra_op: { allow_spinning: "1", spin_duration_us: "100" },
        force_spinning_stop: "1",
        // Products with weights of 8 bits and fewer that are dequantised as they go: with floats, as the file says, where the runtime would round activations.
        qdq_matmulnbits_accuracy_level: "1",
        ...folder,
        ...packing,
      },
    },
  };
}

/** What the runtime threw, as an {@link ExplainError}: memory, unknown operators, unreadable files, everything else. */
export function runtimeError(thrown: unknown, file: string): ExplainError {
  if (thrown instanceof ExplainError) {
    return thrown;
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof RangeError || /bad_alloc|failed to allocate|allocation failed|out of memory/i.test(text)) {
    return new ExplainError(
      "not-enough-memory",
      "There is not enough memory for {0}. Close other programs, choose a smaller model or a shorter text.",
      file,
    );
  }
  const operator = /(?:No Op registered for|Fatal error:|implementation for(?: the node)?)\s*([\w.:]+)/i.exec(
    text,
  )?.[1];
  if (operator !== undefined || /not implemented|NOT_IMPLEMENTED|is not a registered function/i.test(text)) {
    return new ExplainError(
      "operator-unsupported",
      "{0} uses the operator {1}, which ONNX Runtime cannot run here. Export the model again with standard operators.",
      file,
      operator ?? "unknown",
    );
  }
  if (/protobuf|INVALID_PROTOBUF|INVALID_GRAPH|Load model .* failed/i.test(text)) {
    return new ExplainError(
      "model-file-corrupt",
      "{0} is damaged or is not an ONNX model. Download or export it again.",
      file,
    );
  }
  if (/out of data bounds|out of bounds/i.test(text)) {
    return unknownToken(file);
  }
  return new ExplainError(
    "model-unsupported",
    "ONNX Runtime cannot run {0}: {1} Export the model again or choose another.",
    file,
    firstLine(thrown),
  );
}

/** The error for a token number beyond the model's vocabulary. */
export function unknownToken(file: string): ExplainError {
  return new ExplainError(
    "model-file-corrupt",
    "The tokenizer makes token numbers that {0} does not have. Use the tokenizer.json that belongs to the model.",
    file,
  );
}

function firstLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const line = (text.split("\n")[0] ?? "").trim().slice(0, 200);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
