import { expect, it } from "vitest";
import type { Controller } from "../../../src/editor/controller";
import type { Explained } from "../../../src/editor/explained";
import { showPanelOnce } from "../../../src/panel/firstExplanation";
import { sampleExplanation } from "../editor/fixture";

it("opens the panel beside the first finished explanation, and never again, in later sessions neither", () => {
  const kept = new Map<string, unknown>();
  const memory = {
    get: (key: string) => kept.get(key),
    update: (key: string, value: unknown) => Promise.resolve(void kept.set(key, value)),
    keys: () => [...kept.keys()],
  };
  const shown: unknown[] = [];
  const session = () => {
    const listeners: (() => void)[] = [];
    const all: Explained[] = [];
    const controller = {
      all,
      onDidChange: (listener: () => void) => {
        listeners.push(listener);
        return { dispose: () => undefined };
      },
    } as unknown as Controller;
    showPanelOnce(controller, { show: (explained) => shown.push(explained?.id) }, memory as never);
    return (explained: object) => {
      all.splice(0, all.length, explained as Explained);
      for (const listener of listeners) {
        listener();
      }
    };
  };
  const change = session();
  change({ id: 1, explanation: null, run: new AbortController() });
  change({ id: 1, explanation: sampleExplanation(), run: new AbortController() });
  expect(shown).toEqual([]);
  change({ id: 1, explanation: sampleExplanation(), run: null });
  change({ id: 2, explanation: sampleExplanation(), run: null });
  session()({ id: 1, explanation: sampleExplanation(), run: null });
  expect(shown).toEqual([1]);
});
