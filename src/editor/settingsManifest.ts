import { settingSection } from "./ids";
import { type Settable, settable, settingLimits } from "./settings";

/** A group of settings as `package.json` declares it. */
export interface SettingsGroup {
  readonly title: string;
  readonly order: number;
  readonly properties: Readonly<Record<string, object>>;
}

const sections: readonly Settable["setting"]["section"][] = [
  "explanation",
  "display",
  "model",
  "lime",
  "gradients",
  "engine",
];

/** What `contributes.configuration` of `package.json` must be; `npm run manifest` writes it there. */
export function settingsManifest(): SettingsGroup[] {
  return sections.map((section, index) => {
    const options = settable.filter(({ setting }) => setting.section === section);
    options.sort((a, b) => a.setting.order - b.setting.order);
    return {
      title: `%settings.${section}%`,
      order: index + 1,
      properties: Object.fromEntries(
        options.map((option) => [`${settingSection}.${option.setting.key}`, declaration(option)]),
      ),
    };
  });
}

function declaration(option: Settable): object {
  const { fallback, nothing, setting } = option;
  const { scope, order, key } = setting;
  return {
    ...valuesTaken(option),
    default: fallback === null ? (nothing ?? 0) : fallback,
    ...(scope ? { scope } : {}),
    order,
    markdownDescription: `%setting.${key}%`,
  };
}

function valuesTaken(option: Settable): object {
  const { takes, nothing } = option;
  switch (takes.kind) {
    case "choice": {
      const choices = [...(nothing === undefined ? [] : [nothing]), ...takes.choices];
      if (choices.every((one) => typeof one === "boolean")) {
        return { type: "boolean" };
      }
      const type = choices.every((one) => typeof one === "string") ? { type: "string" } : {};
      return { ...type, ...named(option, choices) };
    }
    case "list":
      return { type: "array", items: { type: "string", ...named(option, takes.of) }, uniqueItems: true };
    case "number":
      return { type: "number", ...settingLimits(option) };
    case "whole":
      return { type: "integer", ...settingLimits(option) };
    case "string":
      return { type: "string" };
    case "map":
      return { type: "object", additionalProperties: { type: "string" } };
  }
}

function named({ setting: { key, described } }: Settable, choices: readonly (string | boolean)[]): object {
  const enumDescriptions = choices.map((one) => `%setting.${key}.${one}%`);
  return { enum: choices, ...(described ? { enumDescriptions } : {}) };
}
