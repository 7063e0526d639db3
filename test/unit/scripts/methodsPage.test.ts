import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { methodIds, methodInfo } from "../../../src/common/method";

const docs = new URL("../../../docs/", import.meta.url);
const page = readFileSync(new URL("methods.md", docs), "utf8");

describe("the page on methods", () => {
  it.each(methodIds)("has a section on %s with a picture of its scores, as exported", (id) => {
    const { label } = methodInfo(id);
    const section = page.split(/^## /m).find((one) => one.startsWith(`${label}\n`));
    expect(section).toContain(`](pictures/${id}.svg)`);
    const picture = readFileSync(new URL(`pictures/${id}.svg`, docs), "utf8");
    expect(picture).toMatch(/^<svg [^>]*width="796"/);
    expect(picture).toContain(`>${label} (`);
    expect(picture).toContain(">gorgeous</text>");
    expect(picture.length).toBeLessThan(20_000);
  });
});
