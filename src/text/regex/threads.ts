import { endless, Op, type Program } from "./program";

/**
 * One way to go on with an expression: an instruction, and for a repeat how many characters it has taken. It is one number, so that ways
 * are quickly compared: the instruction, plus the length of the code for each character taken.
 */
export type Thread = number;

/** What is left of some threads after one more character. */
export interface Advanced {
  readonly threads: readonly Thread[];
  /** Whether a match ends before that character; the threads that would be tried only after it are left out. */
  readonly matched: boolean;
  /** How many instructions were looked at. */
  readonly visited: number;
}

/** Takes the threads of a determinable program over characters; those that backtracking would try first stand in front. */
export class Threads {
  private readonly length: number;
  private visited = new Set<Thread>();
  private next = new Set<Thread>();
  private one = 0;

  constructor(private readonly program: Program) {
    this.length = program.code.length;
  }

  /** Takes threads over a character of a class, or to the text's end. */
  advance(threads: readonly Thread[], one: number): Advanced {
    this.visited = new Set();
    this.next = new Set();
    this.one = one;
    const matched = threads.some((thread) => this.follow(thread % this.length, Math.floor(thread / this.length)));
    return { threads: [...this.next], matched, visited: this.visited.size };
  }

  /** Goes on from an instruction up to the character, and gives whether a match ends before it. */
  private follow(from: number, fromTaken: number): boolean {
    const { code, rows, tables } = this.program;
    const { visited, one } = this;
    let at = from;
    let taken = fromTaken;
    for (;;) {
      const thread = at + taken * this.length;
      // A thread that came here earlier tries the same before this one.
      if (visited.has(thread)) {
        return false;
      }
      visited.add(thread);
      const operand = code[at + 1] as number;
      switch (code[at]) {
        case Op.match:
          return true;
        case Op.jump:
          at = operand;
          break;
        case Op.dispatch:
          at = tables[operand + one] as number;
          break;
        case Op.attempt:
          if (this.follow(operand, 0)) {
            return true;
          }
          at += 2;
          break;
        case Op.run:
          this.takeOne(at, taken);
          if (!this.mayLeave(at, taken)) {
            return false;
          }
          at += 6;
          break;
        case Op.lazyRun:
          if (this.mayLeave(at, taken) && this.follow(at + 5, 0)) {
            return true;
          }
          this.takeOne(at, taken);
          return false;
        default:
          if (code[at] === Op.fail || rows[operand + one] !== 1) {
            return false;
          }
          if (code[at] === Op.set) {
            this.next.add(at + 2);
            return false;
          }
          at += 2;
      }
      taken = 0;
    }
  }

  /** A repeat takes the character if it is one of its set; an endless one counts no further than it must. */
  private takeOne(at: number, taken: number): void {
    const { code, rows } = this.program;
    const [row = 0, least = 0, most = 0] = code.subarray(at + 1, at + 4);
    if (taken < most && rows[row + this.one] === 1) {
      this.next.add(at + Math.min(taken + 1, most === endless ? least : most) * this.length);
    }
  }

  private mayLeave(at: number, taken: number): boolean {
    const { code, rows } = this.program;
    return taken >= (code[at + 2] as number) && rows[(code[at + 4] as number) + this.one] === 1;
  }
}
