import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readModelCard } from "../../../src/models/modelCard";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "explain-card-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The card of a README.md. */
function cardOf(text: string) {
  writeFileSync(join(folder, "README.md"), text);
  return readModelCard(folder);
}

describe("the card of a model", () => {
  it("is README.md without its front matter, which names the licence", () => {
    expect(cardOf("---\r\nlanguage: en\r\nlicense: 'apache-2.0'\r\n---\r\n\r\n# Title\r\n")).toEqual({
      licence: "apache-2.0",
      text: "# Title",
      isCut: false,
    });
    expect(cardOf("---\nlicense: other\nlicense_name: own-licence\n---\n")?.licence).toBe("own-licence");
    expect(cardOf("# No front matter\n\n---\nlicense: mit\n---")).toMatchObject({ licence: null });
    expect(cardOf("---\nlicense: a\u202eb\u001b[31m\n---\n")?.licence).toBe("ab [31m");
  });

  it("is cut where it is very long, and missing where it is no plain file of its own folder", () => {
    expect(cardOf("x".repeat(70_000))).toMatchObject({ isCut: true, text: "x".repeat(60_000) });
    expect(cardOf("x".repeat(2 ** 20 + 1))).toBeNull();
    rmSync(join(folder, "README.md"));
    expect(readModelCard(folder)).toBeNull();
    symlinkSync("/etc/hostname", join(folder, "README.md"));
    expect(readModelCard(folder)).toBeNull();
  });
});
