import type { Locator } from "playwright-core";
import { chooseFromMenu } from "./menu";
import { until } from "./until";
import type { Workbench } from "./workbench";

/** The view of models in the side bar, as a person sees and uses it. */
export class ModelsView {
  readonly #workbench: Workbench;
  readonly #view: Locator;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
    this.#view = workbench.page.locator('[id="workbench.view.extension.explainWithTransformer"]');
  }

  /** Shows the view and waits until it lists something. */
  async open(): Promise<void> {
    await this.#workbench.companion.ask("run", { command: "explainWithTransformer.models.focus" });
    await this.#view.locator(".monaco-list-row").first().waitFor();
  }

  /** The words of all rows, name and description, from top to bottom. */
  async rows(): Promise<string[]> {
    return await this.#view
      .locator(".monaco-list-row .monaco-icon-label-container")
      .evaluateAll((rows) =>
        rows.map((row) =>
          [...row.querySelectorAll(".label-name, .label-description")]
            .map((part) => (part.textContent ?? "").replaceAll("\u00a0", " ").trim())
            .join(" "),
        ),
      );
  }

  /** Waits for a row. */
  async row(name: string): Promise<Locator> {
    const row = this.#view.locator(".monaco-list-row", { hasText: name }).first();
    await row.waitFor();
    return row;
  }

  /** Opens what is below a row, and waits until it is listed. */
  async expand(name: string): Promise<void> {
    const row = await this.row(name);
    await until(async () => {
      if ((await row.getAttribute("aria-expanded")) === "false") {
        await row.locator(".monaco-tl-twistie").click();
      }
      return (await row.getAttribute("aria-expanded")) === "true";
    }, `"${name}" to be open`);
    // A row is marked as open before the editor has asked for what is below it.
    const level = Number(await row.getAttribute("aria-level")) + 1;
    const index = Number(await row.getAttribute("data-index")) + 1;
    await this.#view.locator(`.monaco-list-row[data-index="${index}"][aria-level="${level}"]`).waitFor();
  }

  /** Chooses an entry of the menu of a row. */
  async menu(name: string, entry: string): Promise<void> {
    const row = await this.row(name);
    await chooseFromMenu(this.#workbench.page, () => row.click({ button: "right" }), entry);
  }

  /** The names of the entries of a row's menu. */
  async menuEntries(name: string): Promise<string[]> {
    await (await this.row(name)).click({ button: "right" });
    const items = this.#workbench.page.locator(".monaco-menu .action-menu-item");
    await items.first().waitFor();
    const texts = await items.allInnerTexts();
    await this.#workbench.page.keyboard.press("Escape");
    return texts.map((text) => text.trim());
  }
}
