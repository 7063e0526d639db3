import { describe, expect, it } from "vitest";
import type { LoadedModel } from "../../../src/engine/loadedModel";
import { ModelStore } from "../../../src/engine/modelStore";
import type { ModelFolder } from "../../../src/models/folder";
import { randomNumbers } from "../graph/build";

const megabyte = 2 ** 20;
const reference = (directory: string) => ({ directory, file: null });

/** A store of models that take as many megabytes as their names say, and what became of them. */
function storeOf(memoryMegabytes: number, pause: () => Promise<void> = async () => undefined) {
  const loads: string[] = [];
  const released: string[] = [];
  const alive = new Set<LoadedModel>();
  const store = new ModelStore(
    { threads: 1, memoryMegabytes },
    {
      open: async ({ directory }) => {
        await pause();
        return { directory, file: "model.onnx", encoder: null, shards: [] as const } as unknown as ModelFolder;
      },
      load: async (folder, _, share) => {
        loads.push(folder.directory);
        const bytes = Number(folder.directory.replace(/\D/g, "")) * megabyte;
        share.reserve(bytes);
        await share.makeRoom(0);
        await pause();
        const model = {
          folder,
          tasks: ["surprise", "text-generation", "feature-extraction"],
          held: { bytes, spare: 0, trim: async () => undefined },
          session: { parts: { files: { checkUnchanged: () => undefined } } },
          release: async () => {
            alive.delete(model);
            released.push(folder.directory);
          },
        } as unknown as LoadedModel;
        alive.add(model);
        return model;
      },
    },
  );
  return { store, loads, released, alive };
}

describe("the store of models", () => {
  it("loads a model once for all who ask, and gives up the one used longest ago", async () => {
    const { store, loads, released } = storeOf(100);
    const use = (name: string) => store.use(reference(name), async ({ folder }) => folder.directory);
    expect(await Promise.all([use("a40"), use("a40"), use("b40")])).toEqual(["a40", "a40", "b40"]);
    await use("a40");
    await use("c40");
    expect([loads, released]).toEqual([["a40", "b40", "c40"], ["b40"]]);
  });

  it.each([
    [null, "text-generation"],
    ["text-generation", null],
  ] as const)(
    "loads a model once for its usual task and for one that reads the same: %s, %s",
    async (first, second) => {
      const { store, loads } = storeOf(100);
      const use = (task: typeof first | "feature-extraction") =>
        store.use(reference("a40"), async () => undefined, undefined, task);
      await use(first);
      await use(second);
      await use("surprise" as typeof first);
      expect(loads).toEqual(["a40"]);
      await use("feature-extraction");
      await use(first);
      expect(loads).toEqual(["a40", "a40"]);
    },
  );

  it("counts models that are being loaded, so that two at once do not take the same room", async () => {
    const { store, released } = storeOf(100);
    const use = (name: string) => store.use(reference(name), async () => undefined);
    await use("a30");
    await Promise.all([use("b40"), use("c40")]);
    expect(released).toEqual(["a30"]);
  });

  it("does not give up a model while it is looked whether its files have changed", async () => {
    const { store, loads, released } = storeOf(100);
    const use = (name: string) => store.use(reference(name), async () => undefined);
    await use("a40");
    await use("b40");
    const again = use("a40");
    store.configure({ threads: 1, memoryMegabytes: 60 });
    await again;
    expect([loads, released]).toEqual([["a40", "b40"], ["b40"]]);
  });

  it("has models loaded anew for another number of threads, after those who use them", async () => {
    const { store, loads, released } = storeOf(100);
    let done = () => {};
    const long = store.use(
      reference("a40"),
      () =>
        new Promise<void>((resolve) => {
          done = resolve;
        }),
    );
    await store.use(reference("a40"), async () => undefined);
    store.configure({ threads: 2, memoryMegabytes: 100 });
    await store.use(reference("a40"), async () => undefined);
    expect([loads, released]).toEqual([["a40", "a40"], []]);
    done();
    await long;
    expect(released).toEqual(["a40"]);
  });

  it("tries again what could not be loaded", async () => {
    let fails = true;
    const store = new ModelStore(
      { threads: 1, memoryMegabytes: 100 },
      {
        open: async ({ directory }) =>
          ({ directory, file: "model.onnx", encoder: null, shards: [] as const }) as unknown as ModelFolder,
        load: async () => {
          if (fails) {
            throw new Error("No.");
          }
          return { tasks: [], held: { bytes: 1, spare: 0 }, release: async () => undefined } as unknown as LoadedModel;
        },
      },
    );
    await expect(store.use(reference("a"), async () => 1)).rejects.toThrow("No.");
    fails = false;
    expect(await store.use(reference("a"), async () => 1)).toBe(1);
  });

  it("never lets anybody work with a model that was freed, nor keeps more than fits, whatever comes at once", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomNumbers(seed);
      const pause = async () => {
        for (let turns = Math.floor(random() * 6); turns > 0; turns--) {
          await (random() < 0.3 ? new Promise(setImmediate) : undefined);
        }
      };
      const { store, loads, released, alive } = storeOf(100, pause);
      const use = async (name: string) => {
        await pause();
        await store.use(reference(name), async (model) => {
          for (let looks = 0; looks < 4; looks++) {
            expect(alive.has(model), `${name} with the seed ${seed}`).toBe(true);
            await pause();
          }
        });
      };
      const names = ["a40", "b50", "c30", "d90"];
      const asked = Array.from({ length: 30 }, () => names[Math.floor(random() * names.length)] ?? "");
      const configured = pause().then(() => store.configure({ threads: 2, memoryMegabytes: 100 }));
      await Promise.all([...asked.map(use), configured]);
      expect(released.length).toBe(loads.length - alive.size);
      await use("a40");
      const kept = [...alive].reduce((sum, { held }) => sum + held.bytes, 0);
      expect(kept).toBeLessThanOrEqual(100 * megabyte);
      await store.dispose();
    }
  });
});
