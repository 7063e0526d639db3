import type { Net } from "./net";
import type { Settings } from "./settings";

/** What a checkpoint has on top of its body, by what its class is called after `For`. */
export type Head = "states" | "classes" | "everyToken" | "spans" | "blanks" | "next" | "written" | "encoded";

/** A family of models whose forward pass is written here. */
export interface Architecture {
  /** What the names of the body's weights begin with in a model with a head: `bert.`. */
  readonly prefix: string;
  /** The same in a model with the head `spans`, where it is another one. */
  readonly spansPrefix?: string;
  /** The heads that are written here. */
  readonly heads: readonly Head[];
  /** Sizes of config.json that are read before the graph is written, and the forward pass itself: adds inputs, operators and outputs to the net. */
  write(net: Net, settings: Settings, head: Head): void;
}
