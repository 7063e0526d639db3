/** For `shapley.py`: reads lines {model, text, method, samples}, answers each with the ids of its tokens, which are special, the tree of the rest, and what the product says of them. */
import { createInterface } from "node:readline";
import { defaultOptions } from "../../src/common/options";
import { createEngine } from "../../src/engine/engine";
import { type OwenNode, owenTree } from "../../src/methods/owen/owenTree";
import { textTree } from "../../src/text/textTree";

type Nested = number | readonly [Nested, Nested];

function nested({ features, halves }: OwenNode): Nested {
  return halves ? [nested(halves[0]), nested(halves[1])] : (features[0] ?? -1);
}

const engine = createEngine({ threads: 2, memoryMegabytes: 1024 });
for await (const line of createInterface({ input: process.stdin })) {
  const { model, text, method, samples } = JSON.parse(line);
  const request = {
    ...defaultOptions,
    model: { directory: model, file: null },
    text,
    target: "positive",
    units: "token",
    methods: [method],
    owen: { guided: false, samples },
    shapley: { samples, tolerance: 1e-6 },
  } as const;
  const explanation = await engine.explain(request, new AbortController().signal);
  const content = explanation.tokens.filter(({ special }) => !special).map(({ index }) => [index]);
  const answer = {
    ids: explanation.tokens.map(({ id }) => id),
    special: explanation.tokens.map(({ special }) => special),
    tree: nested(owenTree(textTree(explanation, content))),
    attribution: explanation.attributions[0],
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await engine.dispose();
