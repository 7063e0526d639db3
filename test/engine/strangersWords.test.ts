import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatMessage } from "../../src/common/message";
import { inert } from "../../src/editor/inert";
import { createEngine, type Engine } from "../../src/engine/engine";
import { carriers, strangersWords } from "../support/carriers";
import { errorOf, never, requestFor } from "./support";

/** Control characters, other directions, characters that are not seen, what the editor takes for a link or an icon. */
const harmful = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\]\(|\$\(/u;

let engine: Engine;
let folder: string;
let count = 0;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 1024 });
  folder = mkdtempSync(path.join(tmpdir(), "strangers-"));
});

afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(carriers)("the message about a model's $name", ({ sentence, make }) => {
  it.each(Object.entries(strangersWords))("is inert with %s", async (_, words) => {
    const model = make(path.join(folder, String(count++)), words);
    const error = await errorOf(engine.explain(requestFor("A gorgeous film", { model, methods: [] }), never));
    const shown = inert(formatMessage(error.text));
    expect(shown).toMatch(sentence);
    expect(shown).not.toMatch(harmful);
    expect(shown.length).toBeLessThan(600);
  });
});
