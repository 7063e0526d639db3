import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Link } from "../src/methods/link";
import type { MaskedTarget, TargetValues } from "../src/methods/maskedTarget";

const kept = new URL("../out/limeTruth/", import.meta.url);

/** A target that keeps its values in a file, so that a change of an estimator can be measured again without the model. */
export class RememberedTarget implements MaskedTarget {
  readonly features: number;
  readonly link: Link;
  readonly #target: MaskedTarget;
  readonly #file: URL;
  readonly #values: Map<string, readonly [number, number]>;
  #asked = 0;

  constructor(target: MaskedTarget, name: string) {
    this.features = target.features;
    this.link = target.link;
    this.#target = target;
    this.#file = new URL(`${createHash("sha256").update(name).digest("hex").slice(0, 16)}.json`, kept);
    this.#values = new Map(existsSync(this.#file) ? JSON.parse(readFileSync(this.#file, "utf8")) : []);
  }

  async evaluate(rows: Uint8Array, signal: AbortSignal): Promise<TargetValues> {
    const n = this.features;
    const keys = Array.from({ length: rows.length / n }, (_, r) =>
      Buffer.from(rows.subarray(r * n, (r + 1) * n))
        .toString("latin1")
        .replaceAll("\0", "0")
        .replaceAll("\x01", "1"),
    );
    const missing = keys.flatMap((key, r) => (this.#values.has(key) ? [] : [r]));
    if (missing.length > 0) {
      const asked = Uint8Array.from(missing.flatMap((r) => [...rows.subarray(r * n, (r + 1) * n)]));
      const { logit, logOdds } = await this.#target.evaluate(asked, signal);
      for (const [position, r] of missing.entries()) {
        this.#values.set(keys[r] ?? "", [logit[position] ?? 0, logOdds[position] ?? 0]);
      }
      this.#asked += missing.length;
    }
    return {
      logit: Float64Array.from(keys, (key) => this.#values.get(key)?.[0] ?? 0),
      logOdds: Float64Array.from(keys, (key) => this.#values.get(key)?.[1] ?? 0),
    };
  }

  remember(): void {
    if (this.#asked > 0) {
      mkdirSync(kept, { recursive: true });
      writeFileSync(this.#file, JSON.stringify([...this.#values]));
    }
  }
}
