import { elementTypes } from "../elementType";
import { floatTensor } from "../tensor";
import type { Net } from "./net";
import { corruptSettings } from "./refusals";
import type { Settings } from "./settings";

/** What a kind of turning is made of. */
export interface RopeAsked {
  /** Settings of the kind; `null` where there are none. */
  readonly own: Settings | null;
  readonly base: number;
  /** How much of each head is turned. */
  readonly width: number;
  /** The longest text. */
  readonly positions: number;
  /** The longest text in training. */
  trained(): number;
}

/** What a kind says: how far pairs are turned from one token to the next, and what cosines and sines are multiplied with, 1 unless told. */
interface Turning {
  readonly factor?: number;
  frequencies(net: Net, count: string): string;
}

/** Kinds of turning by what config.json calls them. */
export const ropeKinds = {
  default: (asked) => constant(plain(asked)),
  /** Chen et al. 2023: positions closer together. */
  linear: (asked) => {
    const by = needed(asked).number("factor");
    return constant(plain(asked).map((frequency) => frequency / by));
  },
  dynamic,
  llama3,
  yarn,
  longrope,
} as const satisfies Readonly<Record<string, (asked: RopeAsked) => Turning>>;

/** The name of a kind of turning that is known here. */
export type RopeKind = keyof typeof ropeKinds;

/** base^(−2i / width), rounded as torch rounds on the way. */
function plain(asked: RopeAsked): Float32Array {
  return periods(asked).map((period) => 1 / period);
}

function periods({ base, width }: RopeAsked): Float32Array {
  return shares(width).map((share) => base ** share);
}

/** 2i / width. */
function shares(width: number): Float32Array {
  return Float32Array.from({ length: width / 2 }, (_, pair) => (2 * pair) / width);
}

function constant(frequencies: Float32Array, factor = 1): Turning {
  return { factor, frequencies: (net) => vector(net, frequencies) };
}

function vector(net: Net, values: Float32Array): string {
  return net.constant(floatTensor("", [values.length], values), "frequencies");
}

function needed({ own }: RopeAsked): Settings {
  if (!own) {
    throw corruptSettings("the settings of how heads are turned are missing");
  }
  return own;
}

/** A base that grows with texts beyond the longest one: base · (factor · tokens / longest − (factor − 1)) ^ (width / (width − 2)). */
function dynamic(asked: RopeAsked): Turning {
  const { base, width, positions } = asked;
  const by = needed(asked).number("factor");
  return {
    frequencies: (net, count) => {
      const tokens = net.add("Max", [net.add("Cast", [count], { to: elementTypes.float32 }), net.float(positions)]);
      const grown = net.add("Mul", [tokens, net.float(by / positions)]);
      const power = net.add("Pow", [net.add("Sub", [grown, net.float(by - 1)]), net.float(width / (width - 2))]);
      const period = net.add("Pow", [net.add("Mul", [power, net.float(base)]), vector(net, shares(width))]);
      return net.add("Div", [net.float(1), period]);
    },
  };
}

/** Long waves as many times longer, short ones as they are, and in between a mean of both (Dubey et al. 2024). */
function llama3(asked: RopeAsked): Turning {
  const own = needed(asked);
  const [by, low, high] = ["factor", "low_freq_factor", "high_freq_factor"].map((name) => own.number(name)) as [
    number,
    number,
    number,
  ];
  const trained = asked.trained();
  return constant(
    plain(asked).map((frequency) => {
      const waves = (trained * frequency) / (2 * Math.PI);
      const share = Math.min(1, Math.max(0, (waves - low) / (high - low)));
      return ((1 - share) * frequency) / by + share * frequency;
    }),
  );
}

/** YaRN (Peng et al. 2023): pairs that turn often as they are, those that hardly turn once slower, with a ramp in between. */
function yarn(asked: RopeAsked): Turning {
  const own = needed(asked);
  const { base, width, positions } = asked;
  const trained = asked.trained();
  const by = own.optional("factor") ?? positions / trained;
  const rounds = [own.optional("beta_fast") || 32, own.optional("beta_slow") || 1];
  const ends = rounds.map((count) => (width * Math.log(trained / (count * 2 * Math.PI))) / (2 * Math.log(base)));
  const isWhole = own.flag("truncate", true);
  const [first = 0, second = 0] = ends;
  const low = Math.max(isWhole ? Math.floor(first) : first, 0);
  const end = Math.min(isWhole ? Math.ceil(second) : second, width - 1);
  const high = end === low ? low + 0.001 : end;
  return constant(
    periods(asked).map((period, pair) => {
      const ramp = Math.min(1, Math.max(0, (pair - low) / (high - low)));
      return ramp / (by * period) + (1 - ramp) / period;
    }),
    attentionFactor(own, by),
  );
}

function attentionFactor(own: Settings, by: number): number {
  const [given, scale, whole] = ["attention_factor", "mscale", "mscale_all_dim"].map((name) => own.optional(name));
  const grown = (weight = 1) => (by <= 1 ? 1 : 0.1 * weight * Math.log(by) + 1);
  return given ?? (scale && whole ? grown(scale) / grown(whole) : grown());
}

/** LongRoPE (Ding et al. 2024): a period of its own for each pair, one set for texts as long as in training and one for longer ones. */
function longrope(asked: RopeAsked): Turning {
  const own = needed(asked);
  const trained = asked.trained();
  const by = own.optional("factor") ?? asked.positions / trained;
  const usual = by <= 1 ? 1 : Math.sqrt(1 + Math.log(by) / Math.log(trained));
  const [short, long] = ["short_factor", "long_factor"].map((name) => stretched(own, name, asked)) as [
    Float32Array,
    Float32Array,
  ];
  return {
    factor: own.optional("attention_factor") ?? usual,
    frequencies: (net, count) => {
      const isLonger = net.add("Greater", [count, net.integer(trained)]);
      return net.add("Where", [isLonger, vector(net, long), vector(net, short)]);
    },
  };
}

function stretched(own: Settings, name: string, asked: RopeAsked): Float32Array {
  const factors = own.list(name);
  const isNumber = (factor: unknown): factor is number => typeof factor === "number" && Number.isFinite(factor);
  if (factors?.length !== asked.width / 2 || !factors.every(isNumber)) {
    throw corruptSettings(`${name} has not one number for each pair that is turned`);
  }
  return periods(asked).map((period, pair) => 1 / Math.fround(Math.fround(factors[pair] ?? 1) * period));
}
