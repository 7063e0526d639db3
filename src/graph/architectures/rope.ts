import type { Net } from "./net";
import { corruptSettings } from "./refusals";
import { type RopeAsked, type RopeKind, ropeKinds } from "./ropeKinds";
import type { Settings } from "./settings";

/** How heads are turned by their positions (Su et al. 2021). */
export interface Rope {
  /** How much of each head is turned. */
  readonly width: number;
  /** What cosines and sines are multiplied with. */
  readonly factor: number;
  /** By how much each pair is turned from one token to the next, float [width / 2], for texts of `count` tokens, a scalar. */
  frequencies(net: Net, count: string): string;
}

/** What an architecture says of its turning where its settings say nothing. */
export interface RopeDefaults {
  readonly headWidth: number;
  /** The longest text. */
  readonly positions: number;
  readonly base: number;
  /** The part of each head that is turned, where it is a setting. */
  readonly part?: number;
  /** The longest text in training, where it is a setting elsewhere. */
  readonly trained?: number;
  /** What kinds are called, where not by their own names. */
  readonly kinds?: Readonly<Record<string, RopeKind>>;
}

const ownNames = Object.fromEntries(Object.keys(ropeKinds).map((kind) => [kind, kind])) as Record<string, RopeKind>;

/**
 * The turning that settings under `rope_scaling` or, of newer versions, `rope_parameters` ask for. Throws `model-unsupported` naming a kind or a setting that is not known,
 * `model-file-corrupt` for sizes that cannot be.
 */
export function ropeOf(settings: Settings, defaults: RopeDefaults): Rope {
  const [older, newer] = [settings.inner("rope_scaling"), settings.inner("rope_parameters")];
  return ropeIn(older ?? newer, defaults);
}

/** As {@link ropeOf}, of settings that hold nothing else; `null` where there are none. */
export function ropeIn(own: Settings | null, defaults: RopeDefaults): Rope {
  const { headWidth, positions, base, part, kinds = ownNames } = defaults;
  if (!own) {
    return rope("default", { own, base, width: turnedOf(headWidth, part), positions, trained: () => positions });
  }
  const name = own.choice(["rope_type", "type"], Object.keys(kinds), "default");
  const found = rope(kinds[name] ?? "default", {
    own,
    base: own.number("rope_theta", base),
    width: turnedOf(headWidth, part === undefined ? 1 : own.number("partial_rotary_factor", part)),
    positions,
    trained: () => defaults.trained ?? own.size("original_max_position_embeddings", positions),
  });
  // It stands there whether it is read or not once a checkpoint has been saved again.
  own.ignore("original_max_position_embeddings");
  own.refuseUnread(new Set());
  return found;
}

function turnedOf(headWidth: number, part = 1): number {
  const width = Math.floor(headWidth * part);
  if (width < 2 || width > headWidth || width % 2 === 1) {
    throw corruptSettings("the part of a head that is turned has no sensible size");
  }
  return width;
}

function rope(kind: RopeKind, asked: RopeAsked): Rope {
  return { width: asked.width, factor: 1, ...ropeKinds[kind](asked) };
}
