import { describe, expect, it, vi } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import type { Explanation } from "../../../src/common/explanation";
import { averageProfile } from "../../../src/common/profileMean";
import type { Engine } from "../../../src/editor/engine";
import type { FileStudies } from "../../../src/editor/fileStudies";
import { attribution, sampleExplanation } from "./fixture";

vi.mock("vscode", () => import("./fakeVscode"));
const { FileStudies: RealFileStudies } = await import("../../../src/editor/fileStudies");

const scores = [0, 1, 2, 3, 4, 5, 6, 7, 0];
const request = { model: { directory: "/model", file: null } } as unknown as Parameters<FileStudies["study"]>[1];

/** Studies whose engine explains every text alike; `before` hears of each text first. */
function studies(before: (text: string, signal: AbortSignal | undefined) => void = () => undefined): FileStudies {
  const explanation = sampleExplanation({
    attributions: [
      { ...attribution("attention", scores), scale: "attention" },
      { ...attribution("rollout", scores), scale: "attention" },
      attribution("gradientXInput", scores),
      attribution("occlusion", scores),
    ],
  });
  const engine = {
    explain: ({ text }: { readonly text: string }, signal?: AbortSignal): Promise<Explanation> =>
      new Promise((resolve) => {
        before(text, signal);
        resolve({ ...explanation, text });
      }),
    request: () => Promise.resolve(averageProfile([])),
  };
  return new RealFileStudies(engine as unknown as Pick<Engine, "explain" | "request">);
}

describe("the study of a file", () => {
  it("takes text after text, says how far it is, and leaves out what fails", async () => {
    const found = studies((text) => {
      if (text === "bad") {
        throw new ExplainError("not-enough-memory", "Not now.");
      }
    });
    const told: (string | undefined)[] = [];
    found.onDidChange(() => {
      const { current } = found;
      told.push(`${current?.study?.texts ?? 0} ${current?.failed} ${current?.isRunning}`);
    });
    const unreadable = new ExplainError("input-unreadable", "The line is not valid JSON. Check the file.");
    await found.study({ source: "a.csv, column text", texts: ["one", unreadable, "bad", " ", "two"] }, request, false);
    expect(told).toEqual(["0 0 true", "1 0 true", "1 1 true", "1 2 true", "1 3 true", "2 3 true", "2 3 false"]);
    expect(found.current).toMatchObject({ source: "a.csv, column text", total: 5, why: unreadable.text });
    expect(found.current?.study?.pairs[0]).toMatchObject({ texts: 2, mean: 1 });
  });

  it("keeps what is finished where it is cancelled, and nothing more of it", async () => {
    const found = studies((text) => {
      if (text === "three") {
        found.cancel();
      }
    });
    await found.study({ source: "a.txt", texts: ["one", "two", "three", "four"] }, request, false);
    expect(found.current).toMatchObject({ total: 4, failed: 0, isRunning: false, study: { texts: 2 } });
  });

  it("ends where the model cannot be analysed at all, and rejects with why", async () => {
    const found = studies(() => {
      throw new ExplainError("method-unavailable", "No attention.");
    });
    await expect(found.study({ source: "a.txt", texts: ["one", "two"] }, request, false)).rejects.toThrow(
      "No attention.",
    );
    expect(found.current).toMatchObject({ isRunning: false, failed: 0, study: null });
  });

  it("gives way to a newer one", async () => {
    let second: Promise<void> = Promise.resolve();
    const found = studies((text) => {
      if (text === "two") {
        second = found.study({ source: "b.txt", texts: ["five"] }, request, false);
      }
    });
    await found.study({ source: "a.txt", texts: ["one", "two", "three"] }, request, false);
    await second;
    expect(found.current).toMatchObject({ source: "b.txt", isRunning: false, study: { texts: 1 } });
  });
});
