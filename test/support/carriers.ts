import { copyFileSync, linkSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "../../scripts/lib/paths.mjs";
import { readModel, writeModel } from "../../src/graph/modelFile";
import type { GraphProto } from "../../src/graph/onnxSchema";

const bundled = path.join(root, "models/sentiment");
const readJson = (name: string): Record<string, unknown> => JSON.parse(readFileSync(path.join(bundled, name), "utf8"));

/** A way in which words of a stranger's model get into a sentence of ours. */
export interface Carrier {
  readonly name: string;
  /** Our own words of the sentence. */
  readonly sentence: RegExp;
  /** Makes a model in an empty folder that says `words`; returns the settings that name it. */
  readonly make: (folder: string, words: string) => { readonly directory: string; readonly file: string | null };
}

/** What a model folder is made of: the bundled model, with changes. */
interface Changes {
  readonly config?: Record<string, unknown>;
  readonly tokenizer?: Record<string, unknown>;
  readonly graph?: (graph: GraphProto) => GraphProto;
}

/** The bundled model's folder again, changed; what is not changed is linked. */
export function changedModel(folder: string, { config = {}, tokenizer = {}, graph }: Changes): string {
  mkdirSync(path.join(folder, "onnx"), { recursive: true });
  writeFileSync(path.join(folder, "config.json"), JSON.stringify({ ...readJson("config.json"), ...config }));
  writeFileSync(path.join(folder, "tokenizer.json"), JSON.stringify({ ...readJson("tokenizer.json"), ...tokenizer }));
  const file = path.join(folder, "onnx/model.onnx");
  const shipped = path.join(bundled, "onnx/model.onnx");
  if (graph) {
    const model = readModel(readFileSync(shipped));
    writeFileSync(file, Buffer.concat(writeModel({ ...model, ...(model.graph && { graph: graph(model.graph) }) })));
    return folder;
  }
  try {
    linkSync(shipped, file);
  } catch {
    // Another disk has no hard links to this one.
    copyFileSync(shipped, file);
  }
  return folder;
}

function changed(name: string, sentence: RegExp, change: (words: string) => Changes): Carrier {
  return {
    name,
    sentence,
    make: (folder, words) => ({ directory: changedModel(folder, change(words)), file: null }),
  };
}

const unsupported = /The tokenizer needs .*, which is not supported; choose another model\.$/;
const damaged = /The tokenizer file is damaged \(.*\); get the model again\.$/;
/** A name in a folder: no slashes, and not too many bytes. */
const fileName = (words: string): string => [...words.replaceAll("/", ":")].slice(0, 60).join("");

/** Stands where the logits were, and fails when it runs. */
function failingEnd(graph: GraphProto, words: string): GraphProto {
  const [output] = graph.output;
  const inner = "logits_before_the_end";
  const end = output?.name ?? "";
  const rename = (name: string): string => (name === end ? inner : name);
  const sizes = new Uint8Array(BigInt64Array.of(7n, 13n).buffer);
  const list = { stringData: [], externalData: [] };
  return {
    ...graph,
    initializer: [...graph.initializer, { ...list, dims: [2], dataType: 7, name: "sizes", rawData: sizes }],
    node: [
      ...graph.node.map((node) => ({ ...node, output: node.output.map(rename), input: node.input.map(rename) })),
      { name: words, opType: "Reshape", input: [inner, "sizes"], output: [end], attribute: [] },
    ],
  };
}

/** Weights that lie in a file of that name. */
function withLocation(graph: GraphProto, location: string): GraphProto {
  const [first, ...rest] = graph.initializer;
  if (!first) {
    throw new Error("The bundled model has no weights.");
  }
  const { rawData: _, floatData: __, int64Data: ___, int32Data: ____, ...bare } = first;
  return {
    ...graph,
    initializer: [{ ...bare, dataLocation: 1, externalData: [{ key: "location", value: location }] }, ...rest],
  };
}

/** Every way that is known, but for labels, which are in no failure. */
export const carriers: readonly Carrier[] = [
  changed("architecture", /This model does .*, which this version does not explain\. Choose/, (words) => ({
    config: { architectures: [words] },
  })),
  changed("external location", /(weights from outside its folder|keeps weights in)/, (words) => ({
    graph: (graph) => withLocation(graph, words),
  })),
  changed("input name", /The model wants the input .*, which this version does not give\./, (words) => ({
    graph: (graph) => ({
      ...graph,
      input: [...graph.input, { name: words, type: { tensorType: { elemType: 7, shape: { dim: [] } } } }],
    }),
  })),
  changed("operator", /This model uses the operator .*, which is not part of ONNX\./, (words) => ({
    graph: (graph) => ({
      ...graph,
      node: [{ opType: words, domain: "x", input: [], output: ["y"], attribute: [] }, ...graph.node],
    }),
  })),
  changed("tokenizer model type", unsupported, (words) => ({ tokenizer: { model: { type: words } } })),
  changed("normalizer type", unsupported, (words) => ({ tokenizer: { normalizer: { type: words } } })),
  changed("pre-tokenizer type", unsupported, (words) => ({ tokenizer: { pre_tokenizer: { type: words } } })),
  changed("post-processor type", unsupported, (words) => ({ tokenizer: { post_processor: { type: words } } })),
  changed("tokenizer version", unsupported, (words) => ({ tokenizer: { version: words } })),
  changed("property of an expression", unsupported, (words) => ({
    tokenizer: {
      pre_tokenizer: { type: "Split", pattern: { Regex: `\\p{${words}}` }, behavior: "Isolated", invert: false },
    },
  })),
  changed("vocabulary piece", damaged, (words) => ({
    // Only forty characters of a piece are told.
    tokenizer: {
      model: {
        type: "WordLevel",
        unk_token: "a",
        vocab: { [words.replace("workbench.action.terminal.new", "a.b")]: -1 },
      },
    },
  })),
  changed("special token", damaged, (words) => ({
    tokenizer: {
      post_processor: {
        type: "TemplateProcessing",
        single: [{ SpecialToken: { id: words, type_id: 0 } }],
        pair: [],
        special_tokens: {},
      },
    },
  })),
  changed(
    "the runtime's own message",
    /ONNX Runtime cannot run .* Export the model again or choose another\.$/,
    (words) => ({
      graph: (graph) => failingEnd(graph, words),
    }),
  ),
  {
    name: "folder name",
    sentence: /(There is no model folder at .*\. Choose another model|The model folder .* cannot be opened)\.$/,
    make: (folder, words) => ({ directory: path.join(folder, words.replaceAll("/", ":").slice(0, 3000)), file: null }),
  },
  {
    name: "file name",
    sentence: /is empty\. Download the model again\.$/,
    make: (folder, words) => {
      const directory = changedModel(folder, {});
      const file = path.join(directory, "onnx/model.onnx");
      renameSync(file, path.join(directory, "model.bin"));
      writeFileSync(path.join(directory, `${fileName(words)}.onnx`), "");
      return { directory, file: null };
    },
  },
  {
    name: "file of the settings",
    sentence: /There is no file .* in the model's folder\. Choose one of the folder's \.onnx files\.$/,
    make: (folder, words) => ({ directory: changedModel(folder, {}), file: words.slice(0, 3000) }),
  },
];

/** What a stranger may want us to say. */
export const strangersWords = {
  "a link that runs a command": "[Repair the model](command:workbench.action.terminal.new)",
  "a link to a page, and an icon": "[the handbook](https://example.com/) $(trash)",
  "other directions and lines": "\u202eback\u2069wards\u2066\u061c\u200f\r\nnext\u2028line\u200b",
  "a link in Chinese": "[修复这个模型](command:workbench.action.terminal.new)",
  "a link before 100,000 characters": `[Repair](command:workbench.action.terminal.new) ${"長".repeat(100_000)}`,
} as const;
