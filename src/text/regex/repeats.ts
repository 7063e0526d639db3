import { secondUnitClass } from "./alphabet";
import { placeBefore } from "./places";
import { Op, type Program } from "./program";
import type { Trail } from "./trail";

/** What an instruction gives that does not match. */
export const failed = -1;

/** The instructions that take, or go back, a number of characters and can do so otherwise. Each of these characters is a step. */
export class Repeats {
  /** Where the instruction that was run last has left off, unless it gives that place itself. */
  place = 0;
  private classes: Uint16Array = new Uint16Array(1);

  constructor(
    private readonly program: Program,
    private readonly trail: Trail,
  ) {}

  /** Begins a text, given the classes of its units. */
  begin(classes: Uint16Array): void {
    this.classes = classes;
  }

  /** {@link Op.run}: where it ends, or −1. */
  runFrom(at: number, place: number): number {
    const { code, rows } = this.program;
    const { classes } = this;
    const row = code[at + 1] as number;
    const least = code[at + 2] as number;
    const floor = least === 0 ? place : this.exactly(row, place, least);
    if (floor < 0) {
      return failed;
    }
    let end = floor;
    for (let count = (code[at + 3] as number) - least; count > 0; count--) {
      if (rows[row + (classes[end] as number)] !== 1) {
        break;
      }
      end += classes[end + 1] === secondUnitClass ? 2 : 1;
    }
    this.trail.spend(end - floor);
    const canGiveBack = code[at + 5] === 1;
    if (rows[(code[at + 4] as number) + (classes[end] as number)] !== 1) {
      return canGiveBack ? this.giveBack(at, floor, end) : failed;
    }
    if (canGiveBack && end > floor) {
      this.trail.push(floor, end, at);
    }
    return end;
  }

  private giveBack(at: number, floor: number, end: number): number {
    const { code, rows } = this.program;
    const { classes } = this;
    const follow = code[at + 4] as number;
    let place = end;
    do {
      if (place <= floor) {
        return failed;
      }
      place -= classes[place - 1] === secondUnitClass ? 2 : 1;
      this.trail.spend(1);
    } while (rows[follow + (classes[place] as number)] !== 1);
    if (place > floor) {
      this.trail.push(floor, place, at);
    }
    return place;
  }

  /** The place after `count` characters of a set, or −1. */
  private exactly(row: number, place: number, count: number): number {
    const { rows } = this.program;
    const { classes } = this;
    let end = place;
    for (let left = count; left > 0; left--) {
      if (rows[row + (classes[end] as number)] !== 1) {
        return failed;
      }
      end += classes[end + 1] === secondUnitClass ? 2 : 1;
      this.trail.spend(1);
    }
    return end;
  }

  private lazyRunFrom(at: number, from: number, more: number): number {
    const { code, rows } = this.program;
    const { classes } = this;
    const row = code[at + 1] as number;
    const follow = code[at + 4] as number;
    let place = from;
    for (let left = more; ; left--) {
      const one = classes[place] as number;
      const canGrow = left > 0 && rows[row + one] === 1;
      if (rows[follow + one] === 1) {
        if (canGrow) {
          this.trail.push(left, place, at);
        }
        this.place = place;
        return at + 5;
      }
      if (!canGrow) {
        return failed;
      }
      place += classes[place + 1] === secondUnitClass ? 2 : 1;
      this.trail.spend(1);
    }
  }

  /** {@link Op.back} after `count` characters. */
  backTo(at: number, place: number, count: number): number {
    if (count < (this.program.code[at + 2] as number) && place > 0) {
      this.trail.push(count, place, at);
    }
    this.place = place;
    return at + 3;
  }

  /** {@link Op.lazyRun} and {@link Op.back}: gives the next instruction or −1. */
  start(at: number, from: number): number {
    const { code } = this.program;
    if (code[at] === Op.back) {
      return this.stepBack(at, from);
    }
    const least = code[at + 2] as number;
    const floor = this.exactly(code[at + 1] as number, from, least);
    return floor < 0 ? failed : this.lazyRunFrom(at, floor, (code[at + 3] as number) - least);
  }

  /** Goes on with an instruction that had left the numbers `first` and `second`; gives the next one or −1. */
  resume(at: number, first: number, second: number): number {
    const { classes } = this;
    switch (this.program.code[at]) {
      case Op.run: {
        const end = this.giveBack(at, first, second);
        this.place = end;
        return end < 0 ? failed : at + 6;
      }
      case Op.lazyRun: {
        const next = second + (classes[second + 1] === secondUnitClass ? 2 : 1);
        return this.lazyRunFrom(at, next, first - 1);
      }
      default:
        return this.backTo(at, placeBefore(classes, second), first + 1);
    }
  }

  private stepBack(at: number, from: number): number {
    const least = this.program.code[at + 1] as number;
    let place = from;
    for (let left = least; left > 0; left--) {
      if (place === 0) {
        return failed;
      }
      place = placeBefore(this.classes, place);
      this.trail.spend(1);
    }
    return this.backTo(at, place, least);
  }
}
