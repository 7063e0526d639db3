import { readFileSync } from "node:fs";
import path from "node:path";
import { repositoryFolder } from "./repository";

/** A theme of VS Code as its web views see it. */
export interface Theme {
  /** The class that VS Code puts on the body. */
  readonly bodyClass: string;
  /** Custom properties of the root element. */
  readonly properties: Readonly<Record<string, string>>;
}

/** The themes a panel is tested in. */
export type ThemeName = "dark" | "light" | "highContrast" | "highContrastLight";

interface ColourContribution {
  readonly id: string;
  readonly defaults: Readonly<Record<ThemeName, string>>;
}

const bodyClasses: Readonly<Record<ThemeName, string>> = {
  dark: "vscode-dark",
  light: "vscode-light",
  highContrast: "vscode-dark vscode-high-contrast",
  highContrastLight: "vscode-light vscode-high-contrast vscode-high-contrast-light",
};

/** Values of VS Code's default themes (Dark Modern, Light Modern, and the two of high contrast) by colour id. */
const colours: Readonly<Record<ThemeName, Readonly<Record<string, string>>>> = {
  dark: {
    "button.background": "#0078D4",
    "button.border": "#FFFFFF12",
    "button.foreground": "#FFFFFF",
    "button.hoverBackground": "#026EC1",
    "button.secondaryBackground": "#313131",
    "button.secondaryForeground": "#CCCCCC",
    "button.secondaryHoverBackground": "#3C3C3C",
    "charts.blue": "#3794FF",
    "charts.orange": "#D18616",
    "charts.purple": "#B180D7",
    descriptionForeground: "#9D9D9D",
    "editor.background": "#1F1F1F",
    "editor.foreground": "#CCCCCC",
    "editorWarning.foreground": "#CCA700",
    errorForeground: "#F85149",
    focusBorder: "#0078D4",
    foreground: "#CCCCCC",
    "inputValidation.errorBackground": "#5A1D1D",
    "inputValidation.warningBackground": "#352A05",
    "list.activeSelectionBackground": "#04395E",
    "list.activeSelectionForeground": "#FFFFFF",
    "list.hoverBackground": "#2A2D2E",
    "panel.border": "#2B2B2B",
    "panelTitle.activeBorder": "#0078D4",
    "panelTitle.activeForeground": "#CCCCCC",
    "panelTitle.inactiveForeground": "#9D9D9D",
    "progressBar.background": "#0078D4",
    "settings.checkboxBackground": "#313131",
    "settings.checkboxBorder": "#3C3C3C",
    "settings.checkboxForeground": "#CCCCCC",
    "settings.dropdownBackground": "#313131",
    "settings.dropdownBorder": "#3C3C3C",
    "settings.dropdownForeground": "#CCCCCC",
    "settings.dropdownListBorder": "#454545",
    "textLink.foreground": "#4DAAFC",
    "widget.shadow": "#0000005C",
  },
  light: {
    "button.background": "#005FB8",
    "button.border": "#0000001A",
    "button.foreground": "#FFFFFF",
    "button.hoverBackground": "#0258A8",
    "button.secondaryBackground": "#E5E5E5",
    "button.secondaryForeground": "#3B3B3B",
    "button.secondaryHoverBackground": "#CCCCCC",
    "charts.blue": "#1A85FF",
    "charts.orange": "#D18616",
    "charts.purple": "#652D90",
    descriptionForeground: "#3B3B3B",
    "editor.background": "#FFFFFF",
    "editor.foreground": "#3B3B3B",
    "editorWarning.foreground": "#BF8803",
    errorForeground: "#F85149",
    focusBorder: "#005FB8",
    foreground: "#3B3B3B",
    "inputValidation.errorBackground": "#F2DEDE",
    "inputValidation.warningBackground": "#F6F5D2",
    "list.activeSelectionBackground": "#E8E8E8",
    "list.activeSelectionForeground": "#000000",
    "list.hoverBackground": "#F2F2F2",
    "panel.border": "#E5E5E5",
    "panelTitle.activeBorder": "#005FB8",
    "panelTitle.activeForeground": "#3B3B3B",
    "panelTitle.inactiveForeground": "#3B3B3B",
    "progressBar.background": "#005FB8",
    "settings.checkboxBackground": "#F8F8F8",
    "settings.checkboxBorder": "#CECECE",
    "settings.checkboxForeground": "#3B3B3B",
    "settings.dropdownBackground": "#FFFFFF",
    "settings.dropdownBorder": "#CECECE",
    "settings.dropdownForeground": "#3B3B3B",
    "settings.dropdownListBorder": "#C8C8C8",
    "textLink.foreground": "#005FB8",
    "widget.shadow": "#00000029",
  },
  highContrast: {
    "button.background": "#000000",
    "button.border": "#6FC3DF",
    "button.foreground": "#FFFFFF",
    "button.secondaryForeground": "#FFFFFF",
    "charts.blue": "#3794FF",
    "charts.orange": "#D18616",
    "charts.purple": "#B180D7",
    contrastActiveBorder: "#F38518",
    contrastBorder: "#6FC3DF",
    descriptionForeground: "#FFFFFFB3",
    "editor.background": "#000000",
    "editor.foreground": "#FFFFFF",
    "editorWarning.foreground": "#FFD370",
    errorForeground: "#F48771",
    focusBorder: "#F38518",
    foreground: "#FFFFFF",
    "inputValidation.errorBackground": "#000000",
    "inputValidation.warningBackground": "#000000",
    "list.hoverBackground": "#FFFFFF1A",
    "panel.border": "#6FC3DF",
    "panelTitle.activeBorder": "#6FC3DF",
    "panelTitle.activeForeground": "#FFFFFF",
    "panelTitle.inactiveForeground": "#FFFFFF",
    "progressBar.background": "#6FC3DF",
    "settings.checkboxBackground": "#000000",
    "settings.checkboxBorder": "#6FC3DF",
    "settings.checkboxForeground": "#FFFFFF",
    "settings.dropdownBackground": "#000000",
    "settings.dropdownBorder": "#6FC3DF",
    "settings.dropdownForeground": "#FFFFFF",
    "settings.dropdownListBorder": "#6FC3DF",
    "textLink.foreground": "#21A6FF",
  },
  highContrastLight: {
    "button.background": "#0F4A85",
    "button.border": "#0F4A85",
    "button.foreground": "#FFFFFF",
    "button.secondaryBackground": "#FFFFFF",
    "button.secondaryForeground": "#292929",
    "charts.blue": "#1A85FF",
    "charts.orange": "#D18616",
    "charts.purple": "#652D90",
    contrastActiveBorder: "#006BBD",
    contrastBorder: "#0F4A85",
    descriptionForeground: "#292929B3",
    "editor.background": "#FFFFFF",
    "editor.foreground": "#292929",
    "editorWarning.foreground": "#895503",
    errorForeground: "#B5200D",
    focusBorder: "#006BBD",
    foreground: "#292929",
    "inputValidation.errorBackground": "#FFFFFF",
    "inputValidation.warningBackground": "#FFFFFF",
    "list.hoverBackground": "#0F4A851A",
    "panel.border": "#0F4A85",
    "panelTitle.activeBorder": "#B5200D",
    "panelTitle.activeForeground": "#292929",
    "panelTitle.inactiveForeground": "#292929",
    "progressBar.background": "#0F4A85",
    "settings.checkboxBackground": "#FFFFFF",
    "settings.checkboxBorder": "#0F4A85",
    "settings.checkboxForeground": "#292929",
    "settings.dropdownBackground": "#FFFFFF",
    "settings.dropdownBorder": "#0F4A85",
    "settings.dropdownForeground": "#292929",
    "settings.dropdownListBorder": "#0F4A85",
    "textLink.foreground": "#0F4A85",
  },
};

/** A default theme of VS Code together with the extension's own colours, read from its manifest. */
export function theme(name: ThemeName): Theme {
  const manifest = JSON.parse(readFileSync(path.join(repositoryFolder(), "package.json"), "utf8")) as {
    readonly contributes: { readonly colors: readonly ColourContribution[] };
  };
  const own = manifest.contributes.colors.map(({ id, defaults }) => [id, resolve(name, defaults[name])] as const);
  const all = [...Object.entries(colours[name]), ...own];
  return {
    bodyClass: bodyClasses[name],
    properties: {
      ...Object.fromEntries(all.map(([id, value]) => [`--vscode-${id.replaceAll(".", "-")}`, value])),
      "--vscode-font-family": "'Segoe UI', 'Noto Sans', 'DejaVu Sans', system-ui, sans-serif",
      "--vscode-font-size": "13px",
      "--vscode-font-weight": "normal",
    },
  };
}

/** A colour contribution may name another colour instead of giving a value. */
function resolve(name: ThemeName, value: string): string {
  return value.startsWith("#") ? value : (colours[name][value] ?? "transparent");
}
