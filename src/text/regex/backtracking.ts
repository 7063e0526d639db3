import type { StepBudget } from "../stepBudget";
import { isAt } from "./places";
import { Op, type Program } from "./program";
import { failed, Repeats } from "./repeats";
import { Trail } from "./trail";

/** Runs the rarer instructions of a program, and goes back to what may be tried otherwise. Each instruction is a step. */
export class Backtracking {
  /** Where an instruction that has matched has left off. */
  place = 0;
  readonly trail: Trail;
  readonly repeats: Repeats;
  private text = "";
  private classes: Uint16Array = new Uint16Array(1);
  private from = 0;

  constructor(private readonly program: Program) {
    this.trail = new Trail(program);
    this.repeats = new Repeats(program, this.trail);
  }

  /** Begins a text, given the classes of its units. */
  begin(text: string, classes: Uint16Array, budget: StepBudget): void {
    this.text = text;
    this.classes = classes;
    this.trail.begin(budget);
    this.repeats.begin(classes);
  }

  /** Tells the budget what was spent. */
  end(): void {
    this.trail.end();
    this.text = "";
  }

  /** A search begins at a place. */
  searchFrom(place: number): void {
    this.from = place;
  }

  /** Goes back to what may be tried last; gives its instruction, or −1. */
  goBack(): number {
    const { trail, repeats } = this;
    for (let at = trail.pop(); at >= 0; at = trail.pop()) {
      if (trail.second < 0) {
        this.place = trail.first;
        return at;
      }
      const next = repeats.resume(at, trail.first, trail.second);
      if (next !== failed) {
        this.place = repeats.place;
        return next;
      }
    }
    return failed;
  }

  /** The rarer instructions: gives the next one and sets the place, or gives −1. */
  step(at: number, place: number): number {
    const { code } = this.program;
    const { trail } = this;
    const { registers } = trail;
    const operand = code[at + 1] as number;
    this.place = place;
    switch (code[at]) {
      case Op.lazyRun:
      case Op.back: {
        const next = this.repeats.start(at, place);
        this.place = this.repeats.place;
        return next;
      }
      case Op.anchor:
        return isAt(operand, place, this.classes, this.text.length, this.from, this.program) ? at + 2 : failed;
      case Op.mark:
        registers[operand] = trail.top;
        registers[operand + 1] = place;
        return at + 2;
      case Op.cut:
        trail.forget(registers[operand] as number);
        return at + 2;
      case Op.cutBack:
        trail.forget(registers[operand] as number);
        this.place = registers[operand + 1] as number;
        return at + 2;
      case Op.cutFail:
        trail.undo(registers[operand] as number);
        return failed;
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
    const { trail } = this;
    const { registers } = trail;
    switch (this.program.code[at]) {
      case Op.save:
        trail.setRegister(register, place);
        break;
      case Op.zero:
        trail.setRegister(register, 0);
        break;
      case Op.count:
        trail.setRegister(register, (registers[register] as number) + 1);
        break;
      case Op.saveGroup:
        trail.setRegister(register, registers[register + 2] as number);
        trail.setRegister(register + 1, place);
        break;
    }
    return at + 2;
  }

  private round(at: number, place: number): number {
    const { code } = this.program;
    const count = this.trail.registers[code[at + 1] as number] as number;
    const exit = code[at + 5] as number;
    const inside = at + 6;
    if (count < (code[at + 2] as number)) {
      return inside;
    }
    if (count >= (code[at + 3] as number)) {
      return exit;
    }
    const lazy = code[at + 4] === 1;
    this.trail.push(place, -1, lazy ? inside : exit);
    return lazy ? exit : inside;
  }

  private repeatGroup(start: number, end: number): boolean {
    if (start < 0 || end < 0) {
      return false;
    }
    const { place, text } = this;
    this.trail.spend(end - start);
    this.place = place + end - start;
    return text.startsWith(text.slice(start, end), place);
  }
}
