import { expect, it } from "vitest";
import { ModelStore } from "../../src/engine/modelStore";
import { sentiment } from "./support";

it("counts the multiplications of the bundled model exactly", async () => {
  const [hidden, inner, layers] = [384, 1536, 6];
  const store = new ModelStore({ threads: 1, memoryMegabytes: 1024 });
  try {
    const counted = await store.use(sentiment, async ({ session }) => [1, 10, 100, 512].map(session.runWork));
    const expected = [1, 10, 100, 512].map((tokens) => {
      const afterAttention = hidden * hidden + 2 * hidden * inner;
      const layer = tokens * (3 * hidden * hidden + afterAttention) + 2 * tokens * tokens * hidden;
      // Of the last layer only the classification token goes on; then come pooler and classifier.
      return layers * layer - (tokens - 1) * afterAttention + hidden * hidden + 2 * hidden;
    });
    expect(counted).toEqual(expected);
  } finally {
    await store.dispose();
  }
});
