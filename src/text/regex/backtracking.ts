import type { StepBudget } from "../stepBudget";
import { secondUnitClass } from "./alphabet";
import { frameRoom, frameSize, moreRoom } from "./frames";
import { isAt, placeBefore } from "./places";
import { Op, type Program } from "./program";

/** What an instruction gives that does not match. */
const failed = -1;

/**
 * What a matcher may still try, on a stack of frames of three numbers: a place, −1 and the instruction to go on with there; or, for an
 * instruction that can resume, two numbers of its own and that instruction; or a register's old value, 0 and −1 − the register. Each
 * instruction, and each character that a repeat takes or gives back, is a step.
 */
export class Backtracking {
  /** Where an instruction that has matched has left off. */
  place = 0;
  private text = "";
  private classes: Uint16Array = new Uint16Array(1);
  private frames: Int32Array = frameRoom();
  private top = 0;
  private left = 0;
  private from = 0;
  private budget: StepBudget | null = null;
  private readonly registers: Int32Array;

  constructor(private readonly program: Program) {
    this.registers = new Int32Array(program.registers);
  }

  begin(text: string, classes: Uint16Array, budget: StepBudget): void {
    this.text = text;
    this.classes = classes;
    this.frames = frameRoom();
    this.budget = budget;
    this.left = budget.left;
  }

  /** Tells the budget what was spent. */
  end(): void {
    this.budget?.spend(this.budget.left - this.left);
    this.frames = frameRoom();
    this.text = "";
  }

  searchFrom(place: number): void {
    this.from = place;
  }

  clear(): void {
    this.top = 0;
    for (let register = 0; register < this.program.groupRegisters; register++) {
      this.registers[register] = -1;
    }
  }

  /** Throws `tokenizer-unsupported` when there are no steps left. */
  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) {
      this.end();
    }
  }

  push(first: number, second: number, at: number): void {
    const { top } = this;
    if (top + frameSize > this.frames.length) {
      this.frames = moreRoom(this.frames);
    }
    const { frames } = this;
    frames[top] = first;
    frames[top + 1] = second;
    frames[top + 2] = at;
    this.top = top + frameSize;
  }

  /** Goes back to what may be tried last; gives its instruction, or −1. */
  goBack(): number {
    while (this.top > 0) {
      this.top -= frameSize;
      const { frames, top } = this;
      const first = frames[top] as number;
      const second = frames[top + 1] as number;
      const at = frames[top + 2] as number;
      if (at < 0) {
        this.registers[-1 - at] = first;
      } else if (second < 0) {
        this.place = first;
        return at;
      } else {
        const next = this.resume(at, first, second);
        if (next !== failed) {
          return next;
        }
      }
    }
    return failed;
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
    this.spend(end - floor);
    const canGiveBack = code[at + 5] === 1;
    if (rows[(code[at + 4] as number) + (classes[end] as number)] !== 1) {
      return canGiveBack ? this.giveBack(at, floor, end) : failed;
    }
    if (canGiveBack && end > floor) {
      this.push(floor, end, at);
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
      this.spend(1);
    } while (rows[follow + (classes[place] as number)] !== 1);
    if (place > floor) {
      this.push(floor, place, at);
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
      this.spend(1);
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
          this.push(left, place, at);
        }
        this.place = place;
        return at + 5;
      }
      if (!canGrow) {
        return failed;
      }
      place += classes[place + 1] === secondUnitClass ? 2 : 1;
      this.spend(1);
    }
  }

  /** {@link Op.back} after `count` characters. */
  private backTo(at: number, place: number, count: number): number {
    if (count < (this.program.code[at + 2] as number) && place > 0) {
      this.push(count, place, at);
    }
    this.place = place;
    return at + 3;
  }

  private resume(at: number, first: number, second: number): number {
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

  /** The rarer instructions: gives the next one and sets the place, or gives −1. */
  step(at: number, place: number): number {
    const { code } = this.program;
    const { registers } = this;
    const operand = code[at + 1] as number;
    this.place = place;
    switch (code[at]) {
      case Op.lazyRun: {
        const least = code[at + 2] as number;
        const floor = this.exactly(operand, place, least);
        return floor < 0 ? failed : this.lazyRunFrom(at, floor, (code[at + 3] as number) - least);
      }
      case Op.anchor:
        return isAt(operand, place, this.classes, this.text.length, this.from, this.program) ? at + 2 : failed;
      case Op.mark:
        registers[operand] = this.top;
        registers[operand + 1] = place;
        return at + 2;
      case Op.cut:
        this.forget(registers[operand] as number);
        return at + 2;
      case Op.cutBack:
        this.forget(registers[operand] as number);
        this.place = registers[operand + 1] as number;
        return at + 2;
      case Op.cutFail:
        this.undo(registers[operand] as number);
        return failed;
      case Op.back:
        return this.stepBack(at, place);
      case Op.atMark:
        return place === registers[operand + 1] ? at + 2 : failed;
      case Op.reference:
        return this.repeatGroup(registers[operand] as number, registers[operand + 1] as number) ? at + 2 : failed;
      case Op.round:
        return this.round(at, place);
      case Op.leaveIfEmpty:
        return place === registers[operand] ? (code[at + 2] as number) : at + 3;
      default:
        return this.write(at, operand, place);
    }
  }

  /** The instructions that change registers. */
  private write(at: number, register: number, place: number): number {
    const { registers } = this;
    switch (this.program.code[at]) {
      case Op.save:
        this.setRegister(register, place);
        break;
      case Op.zero:
        this.setRegister(register, 0);
        break;
      case Op.count:
        this.setRegister(register, (registers[register] as number) + 1);
        break;
      case Op.saveGroup:
        this.setRegister(register, registers[register + 2] as number);
        this.setRegister(register + 1, place);
        break;
    }
    return at + 2;
  }

  private setRegister(register: number, value: number): void {
    this.push(this.registers[register] as number, 0, -1 - register);
    this.registers[register] = value;
  }

  private stepBack(at: number, from: number): number {
    const least = this.program.code[at + 1] as number;
    let place = from;
    for (let left = least; left > 0; left--) {
      if (place === 0) {
        return failed;
      }
      place = placeBefore(this.classes, place);
      this.spend(1);
    }
    return this.backTo(at, place, least);
  }

  private round(at: number, place: number): number {
    const { code } = this.program;
    const count = this.registers[code[at + 1] as number] as number;
    const exit = code[at + 5] as number;
    const inside = at + 6;
    if (count < (code[at + 2] as number)) {
      return inside;
    }
    if (count >= (code[at + 3] as number)) {
      return exit;
    }
    const lazy = code[at + 4] === 1;
    this.push(place, -1, lazy ? inside : exit);
    return lazy ? exit : inside;
  }

  private repeatGroup(start: number, end: number): boolean {
    if (start < 0 || end < 0) {
      return false;
    }
    const { place, text } = this;
    this.spend(end - start);
    this.place = place + end - start;
    return text.startsWith(text.slice(start, end), place);
  }

  /** Drops what may be tried since a mark, but keeps the old values of registers. */
  private forget(mark: number): void {
    const { frames, top } = this;
    let kept = mark;
    for (let frame = mark; frame < top; frame += frameSize) {
      if ((frames[frame + 2] as number) < 0) {
        frames.copyWithin(kept, frame, frame + frameSize);
        kept += frameSize;
      }
    }
    this.spend((top - mark) / frameSize);
    this.top = kept;
  }

  /** Restores registers to what they were at a mark. */
  private undo(mark: number): void {
    const { frames } = this;
    while (this.top > mark) {
      this.top -= frameSize;
      const at = frames[this.top + 2] as number;
      if (at < 0) {
        this.registers[-1 - at] = frames[this.top] as number;
      }
    }
  }
}
