import type { Graph } from "../graph";
import { deepLift } from "./deepLift";
import { plainGradient } from "./plainGradient";
import { attnLrp, cpLrp } from "./relevance";
import type { RuleSet } from "./rule";

/** The rule sets that methods use, each made for one graph. */
export const ruleSets = {
  gradient: (): RuleSet => ({ rules: plainGradient, constants: new Set() }),
  relevance: attnLrp,
  constantAttention: cpLrp,
  deepLift,
} as const satisfies Readonly<Record<string, (graph: Graph) => RuleSet>>;

/** The name of a rule set of {@link ruleSets}. */
export type RuleSetName = keyof typeof ruleSets;

/** The rule sets that compare a text with a reference, which is computed in the same run. */
export const comparingRules: ReadonlySet<RuleSetName> = new Set(["deepLift"]);
