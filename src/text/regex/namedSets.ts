import type { StepBudget } from "../stepBudget";
import { withCases } from "./caseFolding";
import { type CharSet, complement } from "./charSet";
import { propertySet } from "./properties";

/** Steps for finding all characters of a property, which takes some milliseconds, and for each end of a range wherever it is used. */
const stepsPerProperty = 100_000;
const stepsPerEnd = 4;
/** Steps for finding all cases of the characters of a set. */
const stepsPerFolding = 2000;

/** The sets that the expressions of one tokenizer name, such as `\p{L}`; the characters of each are looked for once. */
export class NamedSets {
  private readonly known = new Map<string, CharSet>();

  constructor(private readonly budget: StepBudget) {}

  /** The set of a property, or of all others; throws `tokenizer-unsupported` for unknown ones and when steps run out. */
  property(name: string, negated: boolean): CharSet {
    let set = this.known.get(name);
    if (!set) {
      this.budget.spend(stepsPerProperty);
      set = propertySet(name);
      this.known.set(name, set);
    }
    return this.use(negated ? complement(set) : set);
  }

  /** A set with all cases of its characters. */
  withCases(set: CharSet): CharSet {
    this.budget.spend(stepsPerFolding);
    return this.use(withCases(set));
  }

  /** Takes the steps for putting a set together with others; gives it back. */
  use(set: CharSet): CharSet {
    this.budget.spend(set.length * stepsPerEnd);
    return set;
  }
}
