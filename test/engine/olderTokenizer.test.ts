import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { programs } from "./bundles";
import { run } from "./commandLine";
import { sentiment } from "./support";

let place = "";
let folder = "";

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "older-"));
  folder = join(place, "sentiment");
  await cp(sentiment.directory, folder, { recursive: true });
});

afterAll(() => rm(place, { recursive: true }));

const explain = (text: string) =>
  run(programs.commandLine, [text, "--format", "json", "--method", "rollout,occlusion", "--model", folder]);

/** One JSON result without times. */
const withoutTimes = (text: string) => text.replace(/"milliseconds":[\d.e+-]+/g, "");

describe("a folder whose tokenizer.json was removed", () => {
  it("gives the same bytes with vocab.txt, and a sentence without either", async () => {
    const texts = [
      "A gorgeous, witty film: naïve café 电影 👍!",
      "Un[MASK]believable  SUPERCALIFRAGILISTIC\u0301\ttale.",
    ];
    const before = [];
    for (const text of texts) {
      before.push(await explain(text));
    }
    const { model } = JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8")) as {
      readonly model: { readonly vocab: Readonly<Record<string, number>> };
    };
    await rename(join(folder, "tokenizer.json"), join(place, "tokenizer.json"));
    const { err, status } = await explain("Fine.");
    expect(status).not.toBe(0);
    expect(err).toContain("There is no tokenizer.json");

    const pieces = Object.entries(model.vocab).sort(([, a], [, b]) => a - b);
    await writeFile(join(folder, "vocab.txt"), pieces.map(([piece]) => `${piece}\n`).join(""));
    for (const [index, text] of texts.entries()) {
      const after = await explain(text);
      expect(after).toMatchObject({ status: 0, err: "" });
      expect(withoutTimes(after.out)).toBe(withoutTimes(before[index]?.out ?? ""));
    }
  });
});
