import { describe, expect, it } from "vitest";
import { mutant, mutantKinds, originals } from "../support/mutation/mutants";
import { explainFiles, explainFolders, type Outcome } from "../support/mutation/run";
import { programs } from "./bundles";
import { root } from "./support";

/** Some of each kind; the bench has more. */
const filesOfAKind = 31;
const folders = 150;
/** Outcomes that tell a person what to do. */
const plain = new Set([
  "works",
  "model-file-corrupt",
  "model-file-unsafe",
  "model-missing",
  "model-unsupported",
  "operator-unsupported",
  "not-enough-memory",
]);
/** Outcomes of folders whose other files are harmful too. */
const plainOfFolders = new Set([...plain, "tokenizer-corrupt", "tokenizer-unsupported", "task-unsupported"]);

const from = originals(root);
const enginePath = programs.engine;

const shown = (outcomes: readonly Outcome[]) =>
  outcomes.map(({ number, kind, original, outcome, message }) =>
    [number, kind, original, outcome, message].join(" | "),
  );

describe("model files that were damaged or written to do harm", () => {
  it("come from models that work", async () => {
    const asTheyAre = (number: number) => {
      const { name, file } = from[number] ?? { name: "", file: new Uint8Array() };
      return { kind: "", original: name, file };
    };
    const outcomes = await explainFiles(from.length, asTheyAre, enginePath, 2);
    expect(shown(outcomes.filter(({ outcome }) => outcome !== "works"))).toEqual([]);
  });

  it("work or are refused with a reason, in the real engine, which no file ends or holds up", {
    timeout: 900_000,
  }, async () => {
    const count = filesOfAKind * mutantKinds.length;
    const outcomes = await explainFiles(count, (number) => mutant(number, from), enginePath, 2);
    expect(count).toBeGreaterThanOrEqual(1000);
    expect(outcomes).toHaveLength(count);
    expect(shown(outcomes.filter(({ outcome }) => !plain.has(outcome)))).toEqual([]);
    const outside = outcomes.filter(({ kind }) => kind === "external data outside");
    expect(shown(outside.filter(({ outcome }) => outcome === "works"))).toEqual([]);
    expect(outside.length).toBeGreaterThan(0);
    // Damage that all fails at the first check would test little; what is too large is seldom.
    const common = [...plain].filter((outcome) => outcome !== "not-enough-memory");
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(expect.arrayContaining(common));
  });

  it.skipIf(process.platform === "win32")(
    "as whole folders, with links, pipes and devices, work or are refused, and nothing outside is read",
    { timeout: 900_000 },
    async () => {
      const outcomes = await explainFolders(folders, from, enginePath);
      expect(outcomes).toHaveLength(folders);
      expect(shown(outcomes.filter(({ outcome }) => !plainOfFolders.has(outcome)))).toEqual([]);
      const linked = outcomes.filter(({ kind }) => /links (out|to)/.test(kind));
      expect(shown(linked.filter(({ outcome }) => outcome !== "model-file-unsafe"))).toEqual([]);
      expect(linked.length).toBeGreaterThan(0);
      expect(outcomes.some(({ outcome }) => outcome === "works")).toBe(true);
    },
  );
});
