import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listModels } from "../../../src/cli/listModels";
import { exportKinds } from "../../../src/exports/registry";

const workspace = mkdtempSync(join(tmpdir(), "explain-list-"));
const name = "evil\u001b[31m\u202e\nmodel";
const folder = join(workspace, "models", name);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "config.json"), '{"architectures": ["[x](command:a)\\u001bForMultipleChoice"]}');
writeFileSync(join(folder, "model.onnx"), "x");

describe("listing models", () => {
  it("lets no folder's name act on a terminal", async () => {
    const lines = (await listModels(join(workspace, "none"), workspace, exportKinds.text)).split("\n");
    const found = lines.findIndex((line) => line.startsWith("evil [31m model  "));
    expect(lines.slice(found, found + 2).join("")).toMatch(
      /evil \[31m model +.*models.evil \[31m model \(in this folder\) +not usable: This model does multiple choice \(\[x\]/,
    );
    expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it("says them exactly in JSON", async () => {
    const json = await listModels(join(workspace, "none"), workspace, exportKinds.json);
    expect(json.trim()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(JSON.parse(json).models).toContainEqual(expect.objectContaining({ id: name, directory: folder }));
  });
});

afterAll(() => rmSync(workspace, { recursive: true }));
