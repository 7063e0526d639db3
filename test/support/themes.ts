import { atRest } from "./settled";
import type { Workbench } from "./workbench";

const themes = {
  dark: { name: "Default Dark Modern", body: "vs-dark" },
  light: { name: "Default Light Modern", body: "vs" },
  "high-contrast": { name: "Default High Contrast", body: "hc-black" },
} as const;

/** A theme that pictures are taken in. */
export type PictureTheme = keyof typeof themes;

/** All themes that pictures are taken in. */
export const pictureThemes: readonly PictureTheme[] = ["dark", "light", "high-contrast"];

/**
 * Takes pictures in one theme after the other, to be looked at by a person: `npm run test:screenshots -- themes [NAME …]`. Without it in the dark one alone, which
 * is worn already: to change the theme and come to rest is most of the work that a picture is, and tests nothing.
 */
export async function inThemes(workbench: Workbench, take: (theme: PictureTheme) => Promise<void>): Promise<void> {
  if (process.env.THEMES === undefined) {
    await take("dark");
    return;
  }
  for (const theme of pictureThemes) {
    await wear(workbench, theme);
    await take(theme);
  }
  await wear(workbench, "dark");
}

/** Changes the theme, and waits until the window and the panel wear it. */
export async function wear(workbench: Workbench, theme: PictureTheme): Promise<void> {
  const { name, body } = themes[theme];
  await workbench.companion.ask("setting", { name: "workbench.colorTheme", value: name });
  await workbench.page.locator(`.monaco-workbench.${body}`).waitFor();
  await atRest(workbench.page);
}
