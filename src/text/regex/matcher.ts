import type { StepBudget } from "../stepBudget";
import type { TextRange } from "../textRange";
import { secondUnitClass } from "./alphabet";
import { Backtracking } from "./backtracking";
import type { Expression } from "./expression";
import { classRoom } from "./frames";
import { Op, type Program } from "./program";

/** Finds the matches of a compiled expression by backtracking with counted steps. */
export class Matcher implements Expression {
  private readonly backtracking: Backtracking;

  constructor(private readonly program: Program) {
    this.backtracking = new Backtracking(program);
  }

  /** All matches in a text; an empty match right after another match does not count. Throws `tokenizer-unsupported` when steps run out. */
  findAll(text: string, budget: StepBudget): TextRange[] {
    // As in the Python package nothing is found in an empty text.
    if (text === "") {
      return [];
    }
    const classes = classRoom(text.length);
    this.program.alphabet.translate(text, classes);
    this.backtracking.begin(text, classes, budget);
    const ranges: TextRange[] = [];
    let from = 0;
    let lastEnd = -1;
    while (from <= text.length) {
      const start = this.search(from, text.length, classes);
      if (start < 0) {
        break;
      }
      const end = this.backtracking.place;
      if (end === start && end === lastEnd) {
        from += classes[from + 1] === secondUnitClass ? 2 : 1;
        continue;
      }
      ranges.push({ start, end });
      lastEnd = end;
      from = end;
    }
    this.backtracking.end();
    return ranges;
  }

  /** Where the first match from a place on begins, or −1. */
  private search(from: number, length: number, classes: Uint16Array): number {
    const { rows, first } = this.program;
    this.backtracking.searchFrom(from);
    for (let start = from; start <= length; start++) {
      const one = classes[start] as number;
      if (rows[first + one] === 1 && one !== secondUnitClass && this.run(start, classes)) {
        return start;
      }
      this.backtracking.trail.spend(1);
    }
    return -1;
  }

  /** Whether there is a match at a place; its end is the place of `backtracking`. */
  private run(start: number, classes: Uint16Array): boolean {
    const { backtracking } = this;
    const { trail } = backtracking;
    const { code, rows, tables } = this.program;
    let at = this.program.start;
    let place = start;
    trail.clear();
    for (;;) {
      trail.spend(1);
      switch (code[at]) {
        case Op.match:
          backtracking.place = place;
          return true;
        case Op.set:
        case Op.peek:
          if (rows[(code[at + 1] as number) + (classes[place] as number)] === 1) {
            place += code[at] === Op.peek ? 0 : classes[place + 1] === secondUnitClass ? 2 : 1;
            at += 2;
            continue;
          }
          break;
        case Op.run:
        case Op.keptRun: {
          const end = backtracking.repeats.runFrom(at, place);
          if (end >= 0) {
            place = end;
            at += 6;
            continue;
          }
          break;
        }
        case Op.dispatch:
          at = tables[(code[at + 1] as number) + (classes[place] as number)] as number;
          continue;
        case Op.attempt:
          trail.push(place, -1, at + 2);
          at = code[at + 1] as number;
          continue;
        case Op.jump:
          at = code[at + 1] as number;
          continue;
        case Op.fail:
          break;
        default: {
          const next = backtracking.step(at, place);
          if (next >= 0) {
            at = next;
            place = backtracking.place;
            continue;
          }
        }
      }
      at = backtracking.goBack();
      if (at < 0) {
        return false;
      }
      place = backtracking.place;
    }
  }
}
