import { writeFileSync } from "node:fs";
import path from "node:path";
import { ensureBrowser } from "../scripts/lib/browser.mjs";
import { ensureCodeServer } from "../scripts/lib/codeServer.mjs";
import { until } from "../test/support/until";
import { Workbench } from "../test/support/workbench";
import { type Figures, quantile } from "./supportFigures";

const rounds = 5;
const explainKey = "Control+Alt+X";
const large = "a good film that nobody will ever see twice, and rightly so\n".repeat(4000).slice(0, 200_000);

/**
 * Prints what the packaged extension costs the editor's host in a real VS Code: processor time of its activation, the most work between two turns of the
 * host's event loop in a whole run and for 200,000 selected characters (all three milliseconds of the host's own thread), and the time on the clock until
 * their refusal and the end of a cancelled run are seen.
 */
export async function run(_args: readonly string[], figures: Figures): Promise<void> {
  await ensureBrowser();
  await ensureCodeServer();
  const workbench = await Workbench.open();
  try {
    for (let round = 0; round < rounds; round++) {
      // Before anything is explained: with its panel open the extension is there before it can be watched.
      figures.add("editor: activation", (await workbench.companion.ask("activate", null)).activate.work);
      await workbench.reload();
    }
    for (let round = 0; round < rounds; round++) {
      await measure(workbench, (name, milliseconds) => figures.add(`editor: ${name}`, milliseconds));
    }
  } finally {
    await workbench.close();
  }
  console.log(`Median (slowest) of ${rounds}, milliseconds`);
  for (const [name, samples] of Object.entries(figures.run.figures)) {
    if (name.startsWith("editor: ")) {
      console.log(
        `${name.padEnd(44)}${quantile(samples, 0.5).toFixed(1).padStart(9)} (${quantile(samples, 1).toFixed(1)})`,
      );
    }
  }
}

async function measure(workbench: Workbench, add: (name: string, milliseconds: number) => void): Promise<void> {
  const { companion, editor, page } = workbench;
  await companion.ask("openFile", { file: path.join(workbench.folder, "reviews.md") });
  await companion.ask("startMeasuring", null);
  await editor.click("seductive");
  await page.keyboard.press(explainKey);
  await workbench.explained();
  add("longest work in a run", (await companion.ask("stopMeasuring", null)).longestWork);

  await companion.ask("setting", { name: "explainWithTransformer.lime.mode", value: "plain" });
  await companion.ask("setting", { name: "explainWithTransformer.lime.samples", value: 100_000 });
  await companion.ask("setting", { name: "explainWithTransformer.importance.method", value: "lime" });
  await editor.click("seductive");
  await page.keyboard.press(explainKey);
  await workbench.notification(/of 100.?000/, 60);
  const start = performance.now();
  await page.locator(".notification-list-item .monaco-button", { hasText: "Cancel" }).click();
  await until(async () => !/evaluations|LIME \d|%.*left/.test(await workbench.status()), "the run to end");
  add("end of a cancelled run is seen", performance.now() - start);
  for (const name of ["lime.mode", "lime.samples", "importance.method"]) {
    await companion.ask("setting", { name: `explainWithTransformer.${name}`, value: null });
  }

  await workbench.clearNotifications();
  const file = path.join(workbench.folder, "large.txt");
  writeFileSync(file, large);
  await companion.ask("select", { file, start: 0, end: large.length });
  await companion.ask("startMeasuring", null);
  const asked = performance.now();
  await companion.ask("run", { command: "explainWithTransformer.explainSelection" });
  await workbench.notification(/200.?000 characters/);
  add("refusal of 200,000 characters is seen", performance.now() - asked);
  add("longest work for 200,000 characters", (await companion.ask("stopMeasuring", null)).longestWork);
  await companion.ask("run", { command: "workbench.action.closeAllEditors" });
  await companion.ask("run", { command: "explainWithTransformer.clearAll" });
}
