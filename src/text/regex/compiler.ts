import { unsupportedTokenizer } from "../json";
import type { StepBudget } from "../stepBudget";
import { Alphabet } from "./alphabet";
import {
  alwaysMatches,
  anchorsOf,
  areDisjoint,
  everyClass,
  firstOf,
  holds,
  lengthsOf,
  setsOf,
  visitsOf,
} from "./analysis";
import { type CharSet, emptySet, rangeSet } from "./charSet";
import { Choices } from "./choices";
import { Assembler, anchorKinds, endless, type Label, Op, type Program } from "./program";
import { bareWordSet } from "./properties";
import type { GroupNode, Node, Syntax } from "./syntax";

/** What comes after a part. */
interface Follow {
  /** The classes it can begin with; may hold too many. */
  readonly row: Uint8Array;
  /** Whether it matches for certain, so that nothing is ever given back for it. */
  readonly certain: boolean;
}

type NodeOf<Type extends Node["type"]> = Node & { readonly type: Type };

/** Compiles an expression; throws `tokenizer-unsupported` when it becomes too large or steps run out. */
export function compileSyntax({ root, referenced }: Syntax, budget: StepBudget): Program {
  const kinds = anchorsOf(root);
  const word = kinds.has("word") || kinds.has("notWord") ? bareWordSet() : emptySet;
  const lineFeed = kinds.size > 0 ? rangeSet(10) : emptySet;
  const sets = new Map<string, CharSet>([word, lineFeed, ...setsOf(root)].map((set) => [set.join(), set]));
  const alphabet = new Alphabet([...sets.values()], budget);
  budget.spend(visitsOf(root) * alphabet.size);
  const compiler = new Compiler(alphabet, sets, referenced);
  return compiler.program(root, sets.get(word.join()) ?? word, sets.get(lineFeed.join()) ?? lineFeed);
}

class Compiler {
  private readonly assembler: Assembler;
  private readonly choices: Choices;
  private readonly all: Uint8Array;
  private readonly groupRegisterCount: number;
  private readonly groupRegisters = new Map<GroupNode, number>();

  constructor(
    private readonly alphabet: Alphabet,
    private readonly sets: ReadonlyMap<string, CharSet>,
    referenced: readonly GroupNode[],
  ) {
    this.assembler = new Assembler(alphabet);
    this.choices = new Choices(this.assembler);
    this.all = everyClass(alphabet);
    for (const group of referenced) {
      // While it is open a group keeps its new start apart: a reference needs start and end of one match.
      this.groupRegisters.set(group, this.assembler.register(3));
    }
    this.groupRegisterCount = this.assembler.registers;
  }

  program(root: Node, word: CharSet, lineFeed: CharSet): Program {
    const { assembler } = this;
    const tree = this.prepared(root);
    assembler.emit(Op.fail);
    const start = 1;
    this.part(tree, { row: this.all, certain: true });
    assembler.emit(Op.match);
    const first = assembler.row(firstOf(tree, this.all, this.alphabet));
    const places = {
      word: assembler.row(this.alphabet.rowOf(word)),
      lineFeed: assembler.row(this.alphabet.rowOf(lineFeed)),
    };
    return { ...assembler.finish(), ...places, start, first, groupRegisters: this.groupRegisterCount };
  }

  /** Equal sets become one, and groups that nothing refers to are only their contents. */
  private prepared(node: Node): Node {
    switch (node.type) {
      case "set":
        return { ...node, set: this.sets.get(node.set.join()) ?? node.set };
      case "sequence":
        return { ...node, items: node.items.map((item) => this.prepared(item)) };
      case "choice":
        return { ...node, options: node.options.map((option) => this.prepared(option)) };
      case "group": {
        const register = this.groupRegisters.get(node);
        const group: GroupNode = { ...node, body: this.prepared(node.body) };
        if (register === undefined) {
          return group.body;
        }
        this.groupRegisters.set(group, register);
        return group;
      }
      case "repeat":
      case "atomic":
      case "look":
        return { ...node, body: this.prepared(node.body) };
      default:
        return node;
    }
  }

  private part(node: Node, follow: Follow): void {
    const { assembler } = this;
    switch (node.type) {
      case "empty":
        return;
      case "set":
        assembler.emit(Op.set, assembler.row(this.alphabet.rowOf(node.set)));
        return;
      case "sequence":
        this.sequence(node.items, follow);
        return;
      case "choice":
        this.choice(node.options, follow);
        return;
      case "repeat":
        this.repeat(node, follow);
        return;
      case "group":
        this.group(node, follow);
        return;
      case "atomic":
        this.atomic(node.body);
        return;
      case "look":
        this.look(node);
        return;
      case "anchor":
        assembler.emit(Op.anchor, anchorKinds.indexOf(node.kind));
        return;
      case "reference":
        assembler.emit(Op.reference, this.groupRegisters.get(node.group()) ?? 0);
        return;
    }
  }

  private sequence(items: readonly Node[], follow: Follow): void {
    const follows: Follow[] = [];
    let next = follow;
    for (const item of items.toReversed()) {
      follows.push(next);
      next = { row: firstOf(item, next.row, this.alphabet), certain: next.certain && alwaysMatches(item) };
    }
    follows.reverse();
    items.forEach((item, index) => {
      this.part(item, follows[index] ?? follow);
    });
  }

  private choice(options: readonly Node[], follow: Follow): void {
    const { assembler } = this;
    const labels = options.map(() => assembler.label());
    const end = assembler.label();
    this.choices.emit(
      labels,
      options.map((option) => firstOf(option, follow.row, this.alphabet)),
    );
    options.forEach((option, index) => {
      assembler.put(labels[index] ?? end);
      this.part(option, follow);
      if (index < options.length - 1) {
        assembler.jump(end);
      }
    });
    assembler.put(end);
  }

  private group(node: GroupNode, follow: Follow): void {
    const register = this.groupRegisters.get(node) ?? 0;
    this.assembler.emit(Op.save, register + 2);
    this.part(node.body, { row: follow.row, certain: false });
    this.assembler.emit(Op.saveGroup, register);
  }

  private atomic(body: Node): void {
    const register = this.assembler.register(2);
    this.assembler.emit(Op.mark, register);
    this.part(body, { row: this.all, certain: true });
    this.assembler.emit(Op.cut, register);
  }

  private look({ body, behind, negative }: NodeOf<"look">): void {
    const { assembler } = this;
    if (body.type === "set" && !behind) {
      const row = this.alphabet.rowOf(body.set);
      assembler.emit(Op.peek, assembler.row(negative ? row.map((member) => 1 - member) : row));
      return;
    }
    const register = assembler.register(2);
    const after = assembler.label();
    assembler.emit(Op.mark, register);
    if (negative) {
      const inside = assembler.label();
      assembler.emit(Op.attempt, inside);
      assembler.jump(after);
      assembler.put(inside);
    }
    if (behind) {
      const { least, most } = lengthsOf(body);
      assembler.emit(Op.back, Math.min(least, endless), Math.min(most, endless));
      this.part(body, { row: this.all, certain: false });
      assembler.emit(Op.atMark, register);
    } else {
      this.part(body, { row: this.all, certain: true });
    }
    assembler.emit(negative ? Op.cutFail : Op.cutBack, register);
    assembler.put(after);
  }

  private repeat(node: NodeOf<"repeat">, follow: Follow): void {
    const { body, least, most, mode } = node;
    if (most === 0) {
      return;
    }
    if (body.type === "set") {
      this.run(this.alphabet.rowOf(body.set), node, follow);
    } else if (mode === "possessive") {
      this.atomic({ ...node, mode: "greedy" });
    } else if (least === 1 && most === 1) {
      this.part(body, follow);
    } else if (most === 1) {
      this.choice(mode === "lazy" ? [{ type: "empty" }, body] : [body, { type: "empty" }], follow);
    } else {
      this.loop(node, follow);
    }
  }

  private run(row: Uint8Array, { least, most, mode }: NodeOf<"repeat">, follow: Follow): void {
    const { assembler } = this;
    const place = assembler.row(row);
    const end = Math.min(most, endless);
    // Possessive ones fail where the rest does; they need not know what comes next.
    const followRow = assembler.row(follow.row);
    if (mode === "lazy") {
      assembler.emit(Op.lazyRun, place, least, end, followRow);
      return;
    }
    // What comes after cannot ask for fewer, so that even a possessive one matches as if it were not.
    const keeps = least === most || follow.certain || areDisjoint(row, follow.row);
    const op = mode === "possessive" && !keeps ? Op.keptRun : Op.run;
    assembler.emit(op, place, least, end, followRow, keeps || mode === "possessive" ? 0 : 1);
  }

  /** Rounds of anything; one that matches nothing is the last when there may be any number. */
  private loop(node: NodeOf<"repeat">, follow: Follow): void {
    const { assembler } = this;
    const { body, least, most, mode } = node;
    const counted = least > 1 || most !== Number.POSITIVE_INFINITY;
    const canBeEmpty = most === Number.POSITIVE_INFINITY && lengthsOf(body).least === 0;
    if (canBeEmpty && holds(body, ({ type }) => type === "group")) {
      throw unsupportedTokenizer("a back-reference into a repeat that may match nothing in a regular expression");
    }
    const counter = counted ? assembler.register() : -1;
    const [again, enter, exit] = [assembler.label(), assembler.label(), assembler.label()];
    const bodyRow = firstOf(body, follow.row, this.alphabet);
    if (counted) {
      assembler.emit(Op.zero, counter);
      assembler.put(again);
      assembler.emit(Op.round, counter, least, Math.min(most, endless), mode === "lazy" ? 1 : 0, exit);
      assembler.emit(Op.count, counter);
    } else {
      if (least === 1) {
        assembler.jump(enter);
      }
      assembler.put(again);
      const both: [Label, Uint8Array][] = [
        [enter, bodyRow],
        [exit, follow.row],
      ];
      const order = mode === "lazy" ? both.reverse() : both;
      this.choices.emit(
        order.map(([label]) => label),
        order.map(([, row]) => row),
      );
      assembler.put(enter);
    }
    const place = canBeEmpty ? assembler.register() : -1;
    if (canBeEmpty) {
      assembler.emit(Op.save, place);
    }
    const row = bodyRow.map((member, index) => member | (follow.row[index] ?? 0));
    this.part(body, { row, certain: false });
    if (canBeEmpty) {
      assembler.emit(Op.leaveIfEmpty, place, exit);
    }
    assembler.jump(again);
    assembler.put(exit);
  }
}
