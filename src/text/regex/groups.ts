import { unsupportedTokenizer } from "../json";
import type { GroupNode, Node } from "./syntax";

/** A group whose end has not been read yet. */
export interface OpenGroup {
  readonly index: number;
  readonly name: string | null;
}

interface Reference {
  readonly wanted: string;
  /** How many groups begin before it. */
  readonly before: number;
  readonly inside: readonly OpenGroup[];
  group: GroupNode | null;
}

/** The groups of an expression and what refers to them. As in Ruby, plain groups do not count when some have names. */
export class Groups {
  private readonly all: (GroupNode | null)[] = [];
  private readonly opened: OpenGroup[] = [];
  private readonly references: Reference[] = [];
  private named = false;

  open(name: string | null): OpenGroup {
    const group = { index: this.all.length, name };
    this.all.push(null);
    this.opened.push(group);
    this.named ||= name !== null;
    return group;
  }

  close({ index, name }: OpenGroup, body: Node): GroupNode {
    const group: GroupNode = { type: "group", name, captures: true, body };
    this.all[index] = group;
    this.opened.pop();
    return group;
  }

  /** A back-reference by number, number from here (negative) or name. */
  refer(wanted: string): Node {
    const reference: Reference = { wanted, before: this.all.length, inside: [...this.opened], group: null };
    this.references.push(reference);
    return {
      type: "reference",
      group() {
        if (!reference.group) {
          throw new Error("references are not resolved yet");
        }
        return reference.group;
      },
    };
  }

  /** Finds what each reference means; throws `tokenizer-unsupported`. Gives the groups that are referred to. */
  resolve(): GroupNode[] {
    for (const reference of this.references) {
      const { wanted, inside } = reference;
      const group = this.find(reference);
      if (!group || inside.some(({ index }) => this.all[index] === group)) {
        throw unsupportedTokenizer(`a back-reference to ${wanted.slice(0, 20)} in a regular expression`);
      }
      reference.group = group;
    }
    return [...new Set(this.references.flatMap(({ group }) => (group ? [group] : [])))];
  }

  private find({ wanted, before }: Reference): GroupNode | null {
    if (/^-?\d/.test(wanted)) {
      const number = Number(wanted);
      const index = number < 0 ? before + number : number - 1;
      // Beyond 9 a number may also be a character.
      return this.named || number > 9 ? null : (this.all[index] ?? null);
    }
    const found = this.all.filter((group) => group?.name === wanted);
    return found.length === 1 ? (found[0] ?? null) : null;
  }
}
