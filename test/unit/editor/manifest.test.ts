import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bucketCount } from "../../../src/common/colourScale";
import { machineOptions } from "../../../src/common/options";
import { hoverCommands } from "../../../src/editor/hoverWords";
import {
  attentionColour,
  commandIds,
  contextKeys,
  importanceColour,
  otherColours,
  panelViewType,
  settingKeys,
  settingSection,
  surpriseColour,
} from "../../../src/editor/ids";
import { settable, settingsFrom } from "../../../src/editor/settings";
import { settingsManifest } from "../../../src/editor/settingsManifest";

const nothing = () => undefined;

interface Setting {
  readonly type: string;
  readonly default: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly (string | boolean)[];
  readonly items?: { readonly enum: readonly string[] };
}

interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
    readonly keybindings: readonly { readonly command: string; readonly when?: string }[];
    readonly colors: readonly { readonly id: string; readonly defaults: Readonly<Record<string, string>> }[];
    readonly configuration: readonly { readonly properties: Readonly<Record<string, Setting>> }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly media: { readonly svg: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
  };
}

const file = (name: string): URL => new URL(`../../../${name}`, import.meta.url);
const source = readFileSync(file("package.json"), "utf8");
const manifest: Manifest = JSON.parse(source);
const words: Record<string, string> = JSON.parse(readFileSync(file("package.nls.json"), "utf8"));
const { contributes } = manifest;
const settings = Object.assign({}, ...contributes.configuration.map(({ properties }) => properties)) as Record<
  string,
  Setting
>;

const sorted = (list: Iterable<string>): string[] => [...new Set(list)].sort();

describe("package.json and the code name the same", () => {
  it("commands", () => {
    expect(contributes.commands.map(({ command }) => command).sort()).toEqual(Object.values(commandIds).sort());
  });

  it("commands in menus, keys, hover links and walkthrough", () => {
    const used = [
      ...Object.values(contributes.menus).flat(),
      ...contributes.keybindings,
      ...hoverCommands.map((command) => ({ command })),
      ...[...JSON.stringify(words).matchAll(/command:([\w.]+)/g)].map((match) => ({ command: match[1] ?? "" })),
      ...contributes.walkthroughs
        .flatMap(({ steps }) => steps.flatMap(({ completionEvents }) => completionEvents))
        .map((event) => ({ command: event.replace("onCommand:", "") })),
    ];
    const known: string[] = Object.values(commandIds);
    expect(used.map(({ command }) => command).filter((command) => !known.includes(command))).toEqual([]);
  });

  it("colours", () => {
    const buckets = Array.from({ length: bucketCount }, (_, index) => index + 1);
    const inCode = [
      ...buckets.flatMap((bucket) => [
        importanceColour(bucket),
        importanceColour(-bucket),
        attentionColour(bucket),
        surpriseColour(bucket),
      ]),
      ...Object.values(otherColours),
    ];
    expect(contributes.colors.map(({ id }) => id).sort()).toEqual(inCode.sort());
  });

  it("context keys of when-clauses", () => {
    const used = sorted([...source.matchAll(/explainWithTransformer:\w+/g)].map(([key]) => key));
    expect(used).toEqual(sorted(Object.values(contextKeys)));
  });

  it("words", () => {
    const used = sorted([...source.matchAll(/"%([^"%]+)%"/g)].map((match) => match[1] ?? ""));
    expect(used).toEqual(
      sorted(Object.keys(words).filter((key) => key !== "displayName"))
        .concat("displayName")
        .sort(),
    );
  });
});

describe("package.json", () => {
  it("is started once the editor has, to be seen, and never before", () => {
    expect(manifest.activationEvents).toEqual(["onStartupFinished", `onWebviewPanel:${panelViewType}`]);
  });

  it("gives every command a place in the palette only where it works", () => {
    const free = [
      "explainSelection",
      "explainWithSecondText",
      "explainWithLabels",
      "explainWord",
      "explainAs",
      "explainSample",
      "showPanel",
      "chooseModel",
      "downloadModel",
      "inspectModel",
      "chooseMethods",
      "analyseFile",
      "openExplanation",
      "toggleImportance",
      "toggleAttention",
      "showLog",
    ];
    const limited = (contributes.menus.commandPalette ?? []).filter(({ when }) => when).map(({ command }) => command);
    const all = Object.entries(commandIds).filter(([name]) => !free.includes(name));
    expect(sorted(limited)).toEqual(sorted(all.map(([, id]) => id)));
    expect(contributes.keybindings.every(({ when }) => when?.includes("editorTextFocus"))).toBe(true);
  });

  it("has defaults that the code reads as its own defaults", () => {
    const stated = settingsFrom((key) => settings[`${settingSection}.${key}`]?.default, nothing);
    expect(stated).toEqual(settingsFrom(nothing, nothing));
  });

  it("declares the settings that the tables of options have (npm run manifest writes them)", () => {
    expect(contributes.configuration).toEqual(settingsManifest());
  });

  it("has one place for each setting", () => {
    const places = settable.map(({ setting: { section, order } }) => `${section} ${order}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it("takes every choice it offers", () => {
    for (const [id, { enum: choices }] of Object.entries(settings)) {
      const key = id.slice(settingSection.length + 1);
      const results = (choices ?? []).map((choice) =>
        JSON.stringify(settingsFrom((name) => (name === key ? choice : undefined), nothing)),
      );
      expect(new Set(results).size, id).toBe(results.length);
    }
  });

  it("does not let a folder that is not trusted choose the model or the engine's share of the machine", () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    for (const key of [
      settingKeys.modelPath,
      settingKeys.modelFile,
      settingKeys.modelByPattern,
      machineOptions.threads.setting?.key,
      machineOptions.memoryMegabytes.setting?.key,
    ]) {
      expect(restrictedConfigurations).toContain(`${settingSection}.${key}`);
    }
  });

  it("gives every colour a default in each kind of theme, and shows the borders in high contrast only", () => {
    for (const { id, defaults } of contributes.colors) {
      expect(Object.keys(defaults).sort(), id).toEqual(["dark", "highContrast", "highContrastLight", "light"]);
    }
    for (const id of [otherColours.supportsBorder, otherColours.againstBorder]) {
      const { dark, light, highContrast, highContrastLight } =
        contributes.colors.find((one) => one.id === id)?.defaults ?? {};
      expect([dark, light]).toEqual(["#00000000", "#00000000"]);
      expect([highContrast, highContrastLight].every((colour) => /^#[0-9A-F]{6}$/.test(colour ?? ""))).toBe(true);
    }
  });

  it("names files that exist", () => {
    const media = contributes.walkthroughs.flatMap(({ steps }) => steps.map((step) => step.media.svg));
    expect([manifest.icon, ...media].filter((name) => !existsSync(file(name)))).toEqual([]);
  });
});
