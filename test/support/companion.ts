import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { root } from "../../scripts/lib/paths.mjs";
import type { Explanation } from "../../src/common/explanation";
import { until } from "./until";

/** Time on the clock, and the thread's own work, in milliseconds. */
interface Took {
  milliseconds: number;
  work: number;
}

/** What the companion answers: parameters and result by request. */
interface CompanionRequests {
  extension: { parameters: null; result: { present: boolean; active: boolean; version: string } };
  activate: { parameters: null; result: Record<"load" | "activate", Took> };
  startMeasuring: { parameters: null; result: null };
  /** Milliseconds: the longest time between two turns of the host's event loop, and the most work its thread did between two. */
  stopMeasuring: { parameters: null; result: { longestBlock: number; longestWork: number } };
  run: { parameters: { command: string; args?: unknown[] }; result: null };
  setting: { parameters: { name: string; value: unknown }; result: null };
  select: { parameters: { file: string; start: number; end: number }; result: { characters: number } };
  explain: { parameters: { text: string }; result: Explanation };
  /** How many finished explanations engines have sent. */
  explanations: { parameters: null; result: number };
  endEngine: { parameters: null; result: null };
  text: { parameters: null; result: string };
  openFile: { parameters: { file: string }; result: null };
  lineEnds: { parameters: { crlf: boolean }; result: null };
  pid: { parameters: null; result: number };
}

/** Packages the companion extension into a folder and returns its file. */
export async function packCompanion(folder: string): Promise<string> {
  // Loading it takes a second, and of all processes of tests one packages.
  const { createVSIX } = await import("@vscode/vsce");
  const packagePath = path.join(folder, "companion.vsix");
  await createVSIX({
    cwd: path.join(root, "test/vscode/companion"),
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    skipLicense: true,
  });
  return packagePath;
}

/** Talks to the companion extension in the extension host. */
export class Companion {
  readonly portFile: string;

  constructor(folder: string) {
    this.portFile = path.join(folder, "companion-port");
  }

  /** Forgets the extension host that was there: the next request waits for the next one. */
  forget(): void {
    rmSync(this.portFile, { force: true });
  }

  /** Asks the companion, waiting for it to be there. */
  async ask<K extends keyof CompanionRequests>(
    name: K,
    parameters: CompanionRequests[K]["parameters"],
  ): Promise<CompanionRequests[K]["result"]> {
    await until(
      () => existsSync(this.portFile) && readFileSync(this.portFile, "utf8") !== "",
      "the companion to start",
    );
    const answer = await fetch(`http://127.0.0.1:${readFileSync(this.portFile, "utf8")}/`, {
      method: "POST",
      body: JSON.stringify({ name, parameters }),
    });
    const { result, error } = (await answer.json()) as { result: CompanionRequests[K]["result"]; error?: string };
    if (error !== undefined) {
      throw new Error(`The companion could not do "${name}": ${error}`);
    }
    return result;
  }
}
