import { describe, expect, it } from "vitest";
import { adaptiveLime } from "../../../../src/methods/lime/adaptiveLime";
import { SubsetDesign } from "../../../../src/methods/lime/design";
import { probabilityLink } from "../../../../src/methods/link";
import { SeededRandom } from "../../../../src/methods/maths/random";

const features = 24;
const random = SeededRandom.fromSeed(11, 0);
const singles = Array.from({ length: features }, () => random.normal());
const pairs = Array.from({ length: features }, () => 0.4 * random.normal());

/** Log-odds that are bent and have pairs of neighbours, and the size of errors as a runtime's sums have them. */
function logOdds(row: Uint8Array, error: number): number {
  let [sum, pair] = [0.3, 0];
  for (let i = 0; i < features; i++) {
    sum += (singles[i] ?? 0) * (row[i] ?? 0);
    pair += (pairs[i] ?? 0) * (row[i] ?? 0) * (row[i - 1] ?? 0);
  }
  const value = sum + pair + 0.6 * Math.tanh(sum * pair);
  return value * (1 + error * Math.sin(1000 * value));
}

async function explain(error: number) {
  const asked: string[] = [];
  const target = {
    features,
    link: probabilityLink,
    evaluate: async (rows: Uint8Array) => {
      const logit = Float64Array.from({ length: rows.length / features }, (_, at) => {
        const row = rows.subarray(at * features, (at + 1) * features);
        asked.push(row.join(""));
        return logOdds(row, error);
      });
      return { logit, logOdds: logit };
    },
  };
  const run = { seed: 0, signal: new AbortController().signal };
  const result = await adaptiveLime(target, { keep: null, samples: 256, tolerance: 0.03 }, run);
  return { asked, coefficients: [...result.coefficients] };
}

describe("the decisions of adaptive LIME", () => {
  it("do not hang on the last digits of the model's sums", async () => {
    const plain = await explain(0);
    expect(plain.asked.length).toBeGreaterThan(128);
    const largest = Math.max(...plain.coefficients.map(Math.abs));
    for (const error of [1e-15, 1e-9]) {
      const other = await explain(error);
      expect(other.asked).toEqual(plain.asked);
      const moved = Math.max(...other.coefficients.map((value, i) => Math.abs(value - (plain.coefficients[i] ?? 0))));
      expect(moved / largest).toBeLessThan(5e-3);
    }
  });

  it("share rows out by operations that are exact to the last bit on every machine", () => {
    const { shares } = new SubsetDesign(
      6,
      Float64Array.of(0, 1.7, 0.3, 2.9, 0.11, 5.3, 0.77),
      SeededRandom.fromSeed(0, 0),
    );
    expect([...shares]).toEqual([
      0, 0.1726645838671585, 0.04701186889130812, 0.2577300593044078, 0.022151905453596733, 0.4051104792163543,
      0.09533110326717442,
    ]);
  });
});
