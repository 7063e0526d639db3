/** How the next token of a text is chosen. */
export interface GenerationRules {
  /** Whether tokens are drawn; else the likeliest is taken. */
  readonly sample: boolean;
  /** Logits are divided by it before tokens are drawn. */
  readonly temperature: number;
  /** Tokens are drawn from so many of the likeliest; 0 for all. */
  readonly topK: number;
  /** Tokens are drawn from the fewest likeliest that have this probability together; 1 for all. */
  readonly topP: number;
  /** Tokens are drawn from those that have this share of the likeliest one's probability; 0 for all. */
  readonly minP: number;
  /** Logits of tokens that are there already are divided by it, or multiplied where they are negative. */
  readonly repetitionPenalty: number;
  /** No run of so many tokens comes twice; 0 for no such rule. */
  readonly noRepeatNgram: number;
  /** Runs of tokens that never come. */
  readonly badWords: readonly (readonly number[])[];
  /** The text does not stop before it has so many tokens, its beginning included. */
  readonly minLength: number;
  readonly minNewTokens: number;
  /** Tokens that never come, and those that never come first. */
  readonly suppress: readonly number[];
  readonly beginSuppress: readonly number[];
  /** The token behind a beginning of one token; `null` for any. */
  readonly forcedFirst: number | null;
  /** One of these is the last of the tokens that were asked for; empty for any. */
  readonly forcedLast: readonly number[];
  /** How many continuations are kept while the likeliest is looked for; 1 for the likeliest token each time. */
  readonly beams: number;
  /** The log-probability of a beam is divided by its length to this power: above 0 longer ones are preferred, below shorter ones. */
  readonly lengthPenalty: number;
  /** Whether the search ends once as many beams have ended as are kept, where a better one is unlikely, or never before none can be better. */
  readonly earlyStopping: boolean | "never";
  /** Tokens after which the text stops. */
  readonly stop: readonly number[];
}

/** The likeliest token each time. */
export const plainRules: GenerationRules = {
  sample: false,
  temperature: 1,
  topK: 50,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  noRepeatNgram: 0,
  badWords: [],
  minLength: 0,
  minNewTokens: 0,
  suppress: [],
  beginSuppress: [],
  forcedFirst: null,
  forcedLast: [],
  beams: 1,
  lengthPenalty: 1,
  earlyStopping: false,
  stop: [],
};
