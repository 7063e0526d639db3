import type { StepBudget } from "../stepBudget";
import { frameRoom, frameSize, moreRoom } from "./frames";
import type { Program } from "./program";

/**
 * What a matcher may still try, on a stack of frames of three numbers: a place, −1 and the instruction to go on with there; or, for an
 * instruction that can resume, two numbers of its own and that instruction; or a register's old value, 0 and −1 − the register. Also
 * the registers, and the steps that are left.
 */
export class Trail {
  readonly registers: Int32Array;
  /** The numbers that {@link pop} has taken from the stack: two, and the instruction. */
  first = 0;
  second = 0;
  /** How many numbers are on the stack. */
  top = 0;
  private frames: Int32Array = frameRoom();
  private left = 0;
  private budget: StepBudget | null = null;

  constructor(private readonly program: Program) {
    this.registers = new Int32Array(program.registers);
  }

  /** Begins a text. */
  begin(budget: StepBudget): void {
    this.frames = frameRoom();
    this.budget = budget;
    this.left = budget.left;
  }

  /** Tells the budget what was spent. */
  end(): void {
    this.budget?.spend(this.budget.left - this.left);
    this.frames = frameRoom();
  }

  /** Forgets everything, before a match is looked for at another place. */
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

  /** Puts a frame on the stack. */
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

  /** Takes the last frame of an instruction, restores the registers that were changed after it, and gives the instruction or −1. */
  pop(): number {
    while (this.top > 0) {
      this.top -= frameSize;
      const { frames, top } = this;
      const at = frames[top + 2] as number;
      if (at >= 0) {
        this.first = frames[top] as number;
        this.second = frames[top + 1] as number;
        return at;
      }
      this.registers[-1 - at] = frames[top] as number;
    }
    return -1;
  }

  /** Changes a register until this is taken back. */
  setRegister(register: number, value: number): void {
    this.push(this.registers[register] as number, 0, -1 - register);
    this.registers[register] = value;
  }

  /** Drops what may be tried since a mark, but keeps the old values of registers. */
  forget(mark: number): void {
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
  undo(mark: number): void {
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
