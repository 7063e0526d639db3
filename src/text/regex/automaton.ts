import type { StepBudget } from "../stepBudget";
import type { TextRange } from "../textRange";
import type { Expression } from "./expression";
import type { Program } from "./program";
import { type Thread, Threads } from "./threads";

/** When there are more transitions or threads than these, all are forgotten and made again as texts ask for them. */
const mostTransitions = 1 << 18;
const mostThreads = 1 << 18;

/** Looking at one instruction for a new transition takes about as long as reading so many characters. */
const stepsPerInstruction = 32;

const unknown = -1;
/** Where nothing is left to try; the first row of transitions, which is never read. */
const dead = 0;

/**
 * Finds the matches of a determinable expression. A state stands for everything that backtracking could still try, in its order, so each
 * character is read once for a match; a transition is made when a text first asks for it. A character read is a step, and so many
 * instructions looked at for a new transition are some each.
 */
export class Automaton implements Expression {
  /** By the row of a state plus a class: twice the row of the next state, plus 1 if a match ends before the character; or −1. */
  private transitions: Int32Array;
  private states: (readonly Thread[])[] = [];
  private rows = new Map<string, number>();
  private threadCount = 0;
  private readonly threads: Threads;

  constructor(private readonly program: Program) {
    this.threads = new Threads(program);
    this.transitions = new Int32Array(program.alphabet.size * 16);
    this.forget();
  }

  /** All matches in a text; an empty match right after another match does not count. Throws `tokenizer-unsupported` when steps run out. */
  findAll(text: string, budget: StepBudget): TextRange[] {
    const { alphabet } = this.program;
    const { ascii, size } = alphabet;
    const { length } = text;
    const ranges: TextRange[] = [];
    let lastEnd = -1;
    let from = 0;
    // As in the Python package nothing is found in an empty text.
    while (from <= length && length > 0) {
      let { transitions } = this;
      let end = -1;
      let row = size;
      let place = from;
      for (;;) {
        let one = 0;
        let next = place + 1;
        if (place < length) {
          const code = text.charCodeAt(place);
          if (code < 0x80) {
            one = ascii[code] as number;
          } else {
            one = alphabet.classAt(text, place);
            next += code >> 10 === 0x36 ? 1 : 0;
          }
        }
        let transition = transitions[row + one] as number;
        if (transition === unknown) {
          transition = this.extend(row, one, budget);
          transitions = this.transitions;
        }
        if ((transition & 1) === 1) {
          end = place;
        }
        row = transition >> 1;
        if (row === dead) {
          break;
        }
        place = next;
      }
      budget.spend(place - from + 1);
      if (end < 0 || (end === from && end === lastEnd)) {
        from += from < length && text.charCodeAt(from) >> 10 === 0x36 ? 2 : 1;
      } else {
        ranges.push({ start: from, end });
        from = end;
        lastEnd = end;
      }
    }
    return ranges;
  }

  private forget(): void {
    this.transitions.fill(unknown);
    this.states = [];
    this.rows.clear();
    this.threadCount = 0;
    this.rowOf([]);
    this.rowOf([this.program.start]);
  }

  /** Makes a transition; throws `tokenizer-unsupported` when steps run out. */
  private extend(row: number, one: number, budget: StepBudget): number {
    const { size } = this.program.alphabet;
    const { threads, matched, visited } = this.threads.advance(this.states[row / size] ?? [], one);
    budget.spend(visited * stepsPerInstruction);
    const isFull = (this.states.length + 1) * size > Math.max(mostTransitions, size * 16);
    if (isFull || this.threadCount > mostThreads) {
      this.forget();
      return this.rowOf(threads) * 2 + (matched ? 1 : 0);
    }
    const transition = this.rowOf(threads) * 2 + (matched ? 1 : 0);
    this.transitions[row + one] = transition;
    return transition;
  }

  /** The row of the state with these threads. */
  private rowOf(threads: readonly Thread[]): number {
    const { size } = this.program.alphabet;
    const key = threads.join();
    const known = this.rows.get(key);
    if (known !== undefined) {
      return known;
    }
    const row = this.states.length * size;
    this.states.push(threads);
    this.rows.set(key, row);
    this.threadCount += threads.length;
    if (row + size > this.transitions.length) {
      const more = new Int32Array(this.transitions.length * 2).fill(unknown);
      more.set(this.transitions);
      this.transitions = more;
    }
    return row;
  }
}
