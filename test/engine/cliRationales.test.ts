import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import type { Explanation } from "../../src/common/explanation";
import { programs } from "./bundles";
import { run } from "./commandLine";
import { root } from "./support";

const golden = join(root, "test/golden");
const folder = mkdtempSync(join(tmpdir(), "explain-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
  copyFileSync(join(golden, "entities/wordPiece", file), join(folder, file));
}
writeFileSync(join(folder, "model.onnx"), gunzipSync(readFileSync(join(golden, "entities/wordPiece/model.onnx.gz"))));

/** What the command line says of one line of a file. */
async function said(line: object, ...args: readonly string[]) {
  const file = join(folder, "texts.jsonl");
  writeFileSync(file, `${JSON.stringify(line)}\n`);
  const found = await run(programs.commandLine, [
    "--input",
    file,
    "--rationale",
    "why",
    "--method",
    "occlusion",
    ...args,
  ]);
  return JSON.parse(found.out) as Explanation & { readonly plausibility: readonly Record<string, number>[] };
}

/** How many of the strongest tokens of the text are in the passages, as a share of those that are. */
function sharedWith(passages: readonly string[], { text, tokens, attributions }: Explanation): number {
  const ranges = passages.map((passage) => [text.indexOf(passage), text.indexOf(passage) + passage.length] as const);
  const own = tokens.filter(({ special, segment }) => !special && segment === 0);
  const isMarked = (one: Explanation["tokens"][number]) =>
    ranges.some(([start, end]) => one.start < end && start < one.end);
  const score = ({ index }: Explanation["tokens"][number]) => attributions[0]?.scores[index] ?? 0;
  const count = own.filter(isMarked).length;
  const strongest = own.toSorted((a, b) => score(b) - score(a)).slice(0, count);
  return strongest.filter(isMarked).length / count;
}

describe("what people marked", () => {
  it("as the reason for an entity is held against its scores, for the one at the position", async () => {
    const text = "Angela Merkel visited Paris.";
    const found: number[] = [];
    for (const position of [1, 8]) {
      const one = await said({ text, why: "Angela|visited" }, "--model", folder, "--position", String(position));
      expect(one.prediction.kind).toBe("entities");
      expect(one.plausibility[0]?.tokenF1).toBeCloseTo(sharedWith(["Angela", "visited"], one), 9);
      found.push(one.plausibility[0]?.auprc ?? 0);
    }
    expect(found[0]).not.toBe(found[1]);
  });

  it("as the reasons for each of several entities is held against the scores of the one that is explained", async () => {
    const text = "Angela Merkel visited Paris.";
    const why = { "Angela Merkel": "visited", Paris: "Angela|visited" };
    for (const [given, position, passages] of [
      [why, 1, ["visited"]],
      [JSON.stringify(why), 8, ["Angela", "visited"]],
    ] as const) {
      const one = await said({ text, why: given }, "--model", folder, "--position", String(position));
      expect(one.plausibility[0]?.tokenF1).toBeCloseTo(sharedWith(passages, one), 9);
      const own = one.tokens.filter(({ special }) => !special);
      const marked = own.filter(({ start, end }) =>
        passages.some((p) => start < text.indexOf(p) + p.length && text.indexOf(p) < end),
      );
      expect(one.plausibility[0]?.marked).toBeCloseTo(marked.length / own.length, 9);
    }
    expect(
      (await said({ text, why: { Paris: "visited" } }, "--model", folder, "--position", "1")).plausibility,
    ).toEqual([]);
  });

  it("as the reason for an answer is of the text, among whose tokens the question's are not", async () => {
    const line = { text: "Paris is the capital of France. Ada lives in London.", q: "Who lives in London?" };
    const passages = ["Ada lives", "London."];
    const asked = ["--pair-column", "q", "--model", join(golden, "questions/bert")];
    const one = await said({ ...line, why: passages.join("|") }, ...asked);
    expect(one.prediction.kind).toBe("spans");
    expect(one.plausibility[0]?.tokenF1).toBeCloseTo(sharedWith(passages, one), 9);
    const own = one.tokens.filter(({ special, segment }) => !special && segment === 0);
    const marked = own.filter(
      ({ start }) => start >= line.text.indexOf("Ada") && !/^in$/.test(line.text.slice(start, start + 2)),
    );
    expect(one.plausibility[0]?.marked).toBeCloseTo(marked.length / own.length, 9);
  });
});
