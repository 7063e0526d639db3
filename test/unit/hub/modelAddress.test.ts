import { describe, expect, it } from "vitest";
import { readModelAddress } from "../../../src/hub/modelAddress";
import { reasonOf } from "../../support/reasonOf";

const usual = "https://huggingface.co";
const mirror = "https://models.example.org/mirror/hub";
const commit = "0123456789abcdef0123456789abcdef01234567";

describe("what a person pastes", () => {
  it.each<[written: string, name: string, revision: string | null, file: string | null]>([
    ["films/small", "films/small", null, null],
    ["  films/small\n", "films/small", null, null],
    ["bert-base-uncased", "bert-base-uncased", null, null],
    ["films/small@refined", "films/small", "refined", null],
    ["films/small@refs/pr/7", "films/small", "refs/pr/7", null],
    [`films/small@${commit}`, "films/small", commit, null],
    ["https://huggingface.co/films/small", "films/small", null, null],
    ["https://huggingface.co/films/small/", "films/small", null, null],
    ["HTTPS://HuggingFace.co/films/small", "films/small", null, null],
    ["http://huggingface.co/films/small", "films/small", null, null],
    ["https://www.huggingface.co/films/small?library=transformers#usage", "films/small", null, null],
    ["huggingface.co/films/small", "films/small", null, null],
    ["hf.co/films/small", "films/small", null, null],
    ["https://huggingface.co/bert-base-uncased", "bert-base-uncased", null, null],
    ["https://huggingface.co/films/small/discussions/3", "films/small", null, null],
    ["https://huggingface.co/films/small/tree/main", "films/small", "main", null],
    ["https://huggingface.co/films/small/tree/main/onnx", "films/small", "main", null],
    ["https://huggingface.co/bert-base-uncased/tree/main", "bert-base-uncased", "main", null],
    ["https://huggingface.co/films/small/tree/refs%2Fpr%2F7", "films/small", "refs/pr/7", null],
    ["https://huggingface.co/films/small/tree/a%2Fb/onnx", "films/small", "a/b", null],
    [`https://huggingface.co/films/small/commit/${commit}`, "films/small", commit, null],
    [
      "https://huggingface.co/films/small/blob/main/onnx/model_int8.onnx",
      "films/small",
      "main",
      "onnx/model_int8.onnx",
    ],
    [
      `https://huggingface.co/films/small/resolve/${commit}/model.safetensors?download=true`,
      "films/small",
      commit,
      "model.safetensors",
    ],
    ["https://huggingface.co/films/small/raw/v1.0/config.json", "films/small", "v1.0", "config.json"],
    ["https://huggingface.co/films/small/blob/main/a%20b.onnx", "films/small", "main", "a b.onnx"],
  ])("%j is %s at %j, file %j", (written, name, revision, file) => {
    expect(readModelAddress(written, usual)).toEqual({ name, revision, file });
  });

  it.each([
    [`${mirror}/films/small`, "films/small", null, null],
    [`${mirror}/films/small/tree/v2`, "films/small", "v2", null],
    [`${mirror}/films/small/resolve/v2/onnx/model.onnx`, "films/small", "v2", "onnx/model.onnx"],
    ["https://models.example.org/mirror/hubble", "mirror/hubble", null, null],
    // What is copied from where most models are is asked of the mirror.
    ["https://huggingface.co/films/small/tree/v2", "films/small", "v2", null],
  ])("%j may be below a mirror's path", (written, name, revision, file) => {
    expect(readModelAddress(written, mirror)).toEqual({ name, revision, file });
  });

  it.each([
    "https://example.org/films/small",
    "https://huggingface.co.example.org/films/small",
    "https://huggingface.co@example.org/films/small",
    "https://huggingface.co:8443/films/small",
    "https://huggingface.co/",
    "https://huggingface.co/models",
    "https://huggingface.co/datasets/films/reviews",
    "https://huggingface.co/spaces/films/small",
    "https://huggingface.co/docs/transformers",
    "https://huggingface.co/api/models/films/small",
    "https://huggingface.co/films/small/blob/main/%2e%2e%2f%2e%2e%2fevil.onnx",
    "https://huggingface.co/films/small/tree/..%2F..%2Fevil",
    "https://huggingface.co/films/small/tree/a%0Ab",
    "https://huggingface.co/films/%zz",
    "https://huggingface.co/fi--lms/small",
    "file:///etc/passwd",
    "https://",
  ])("%j is no address of a model", (written) => {
    expect(reasonOf(() => readModelAddress(written, usual))).toBe("hub-address");
  });

  it.each([
    "",
    "a film that I liked",
    "films/small/tree/main",
    "films/small@",
    "films/small@a@b",
    "films/small@../evil",
    "films/small@a b",
    "../small",
    "films/..",
    "-films/small",
    "films/small.",
    `films/${"x".repeat(200)}`,
  ])("%j is neither a name nor an address", (written) => {
    expect(readModelAddress(written, usual)).toBeNull();
  });
});
