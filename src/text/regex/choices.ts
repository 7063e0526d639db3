import type { Assembler, Label } from "./program";
import { Op } from "./program";

/** Writes what decides between alternatives: by the class of the next character only those that can begin with it are tried. */
export class Choices {
  private readonly never: Label = { place: 0 };

  constructor(private readonly assembler: Assembler) {}

  /** Tries the labels in their order; `rows` are the classes each can begin with. */
  emit(labels: readonly Label[], rows: readonly Uint8Array[]): void {
    const { assembler, never } = this;
    const chains = new Map<string, { readonly targets: readonly Label[]; readonly label: Label }>();
    const table: Label[] = [];
    for (let one = 0; one < (rows[0]?.length ?? 0); one++) {
      const chosen = [...labels.keys()].filter((index) => rows[index]?.[one] === 1);
      const targets = chosen.map((index) => labels[index] ?? never);
      const [first] = targets;
      if (!first || targets.length === 1) {
        table.push(first ?? never);
      } else {
        const key = chosen.join();
        const chain = chains.get(key) ?? { targets, label: assembler.label() };
        chains.set(key, chain);
        table.push(chain.label);
      }
    }
    const [only] = chains.values();
    if (!only || chains.size > 1 || table.some((label) => label !== only.label)) {
      assembler.emit(Op.dispatch, assembler.table(table));
    }
    for (const { targets, label } of chains.values()) {
      assembler.put(label);
      targets.forEach((target, index) => {
        if (index < targets.length - 1) {
          assembler.emit(Op.attempt, target);
        } else {
          assembler.jump(target);
        }
      });
    }
  }
}
