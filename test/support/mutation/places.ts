import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Choice } from "./random";

/** What lies beside a model's folder and must never be read: a whole model folder whose words begin with {@link canary}. */
export const canary = "CANARY";

/** Changes what lies where in a model's folder; `outside` is the folder that must never be read. */
export type PlaceChange = (folder: string, outside: string, choice: Choice) => void;

const files = ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx", "onnx"];
const devices = [
  "/dev/zero",
  "/dev/random",
  "/dev/tty",
  "/dev/stdin",
  "/dev/full",
  "/dev/fd/0",
  "/proc/self/environ",
  "/proc/self/mem",
  "/proc/self/cmdline",
  "/proc/cpuinfo",
  "/etc/passwd",
  "/",
];

function instead(folder: string, choice: Choice): { readonly name: string; readonly place: string } {
  const name = choice.of(files) ?? "";
  const place = path.join(folder, name);
  rmSync(place, { recursive: true, force: true });
  return { name, place };
}

const oddNames = [
  "constructor.onnx",
  "__proto__.onnx",
  "a\nb.onnx",
  "\u202egnp.onnx",
  "\u001b[31m.onnx",
  "[click](command:x).onnx",
  `${"n".repeat(240)}.onnx`,
  "._model.onnx",
  ".DS_Store",
  "adapter_config.json",
  "adapter_model.safetensors",
  "model.safetensors",
  "pytorch_model.bin",
  "special_tokens_map.json",
  "tokenizer.model",
  "vocab.txt",
];

/** Ways to misplace files by name. */
export const placeChanges: Readonly<Record<string, PlaceChange>> = {
  "links out of the folder": (folder, outside, choice) => {
    const { name, place } = instead(folder, choice);
    const target = path.join(outside, name);
    symlinkSync(choice.below(2) === 0 ? target : path.relative(path.dirname(place), target), place);
  },
  "links to devices and system files": (folder, _, choice) => {
    symlinkSync(choice.of(devices) ?? "", instead(folder, choice).place);
  },
  "links in circles": (folder, _, choice) => {
    const { place } = instead(folder, choice);
    const length = choice.of([0, 1, 39, 60]) ?? 0;
    const link = (at: number) => (at === 0 ? place : `${place}.${at}`);
    for (let at = 0; at < length; at++) {
      symlinkSync(link(at + 1), link(at));
    }
    symlinkSync(choice.below(2) === 0 ? place : path.join(folder, "absent"), link(length));
  },
  "links inside the folder": (folder, _, choice) => {
    const name = choice.of(files.slice(0, 4).filter((file) => file !== "tokenizer_config.json")) ?? "";
    const place = path.join(folder, name);
    mkdirSync(path.join(folder, "real"));
    copyFileSync(place, path.join(folder, "real/file"));
    rmSync(place);
    symlinkSync(path.join(folder, "real"), path.join(folder, "alias"));
    symlinkSync(path.relative(path.dirname(place), path.join(folder, "alias/file")), place);
  },
  "folders and pipes for files": (folder, _, choice) => {
    const { place } = instead(folder, choice);
    if (choice.below(2) === 0) {
      mkdirSync(place);
    } else {
      execFileSync("mkfifo", [place]);
    }
  },
  "empty and enormous files": (folder, _, choice) => {
    const { place } = instead(folder, choice);
    writeFileSync(place, "");
    truncateSync(place, choice.of([0, 1, 2 ** 24, 2 ** 33, 2 ** 40]));
  },
  "more files": (folder, _, choice) => {
    for (let count = 1 + choice.below(6); count > 0; count--) {
      writeFileSync(path.join(folder, choice.of(oddNames) ?? ""), choice.bytes(choice.below(3000)));
    }
    if (choice.below(10) === 0) {
      for (let number = 0; number < 500; number++) {
        writeFileSync(path.join(folder, `more-${number}.onnx`), "");
      }
    }
  },
};
