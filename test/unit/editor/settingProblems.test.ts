import { expect, it, vi } from "vitest";
import { formatMessage } from "../../../src/common/message";
import { events, window, workspace } from "./fakeVscode";
import { english } from "./fixture";

vi.mock("vscode", () => import("./fakeVscode"));
const { sayOfSettings, settingProblems } = await import("../../../src/editor/settingProblems");
const { SettingsStore } = await import("../../../src/editor/settingsStore");

const problems = (values: Record<string, unknown>): string[] =>
  settingProblems((key) => values[key]).map(formatMessage);

it("says of each setting that does not fit what would", () => {
  expect(problems({})).toEqual([]);
  expect(problems({ "lime.samples": -5, "attention.layer": 1001, "lime.tolerance": 7, seed: 0.5 })).toEqual([
    "The setting explainWithTransformer.seed is 0.5; it must be a whole number from 0 to 9007199254740991. Its default is used.",
    "The setting explainWithTransformer.lime.samples is -5; it must be a whole number from 2 to 1000000. Its default is used.",
    "The setting explainWithTransformer.lime.tolerance is 7; it must be a number from 0.000001 to 1. Its default is used.",
    "The setting explainWithTransformer.attention.layer is 1001; it must be a whole number from 0 to 1000. Its default is used.",
  ]);
  expect(problems({ effort: 0 })).toEqual([
    "The setting explainWithTransformer.effort is 0; it must be a number from 0.1 to 3600. Its default is used.",
  ]);
  expect(problems({ units: "page", "colours.perClass": "maybe", "note.show": true })).toEqual([
    'The setting explainWithTransformer.units is "page"; it must be one of auto, token, word, sentence. Its default is used.',
    'The setting explainWithTransformer.colours.perClass is "maybe"; it must be one of auto, true, false. Its default is used.',
  ]);
  expect(problems({ methods: ["lime", "magic", "x"] })).toEqual([
    'The setting explainWithTransformer.methods names no method with "magic", "x"; it is left out.',
  ]);
});

it("says it once", () => {
  window.warnings = [];
  workspace.set = { "lime.samples": -5 };
  const settings = new SettingsStore();
  const first = sayOfSettings(settings, english);
  events.configuration.fire({ affectsConfiguration: () => true });
  expect(window.warnings).toHaveLength(1);
  workspace.set = { "lime.samples": -6 };
  events.configuration.fire({ affectsConfiguration: () => true });
  expect(window.warnings).toHaveLength(2);
  first.dispose();
  workspace.set = {};
});
