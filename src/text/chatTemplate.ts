import { ExplainError } from "../common/errors";

/** One turn of a conversation. */
export interface ChatTurn {
  readonly role: string;
  readonly content: string;
}

type Jinja = typeof import("@huggingface/jinja");
type Interpreter = InstanceType<Jinja["Interpreter"]>;
type Evaluated = ReturnType<Interpreter["evaluate"]>;

/** Templates in use have 20,000 characters at most. */
const longestTemplate = 200_000;
/** Templates in use take some hundred steps for a turn. */
const mostSteps = 50_000;
/** A list may be walked through, and a text copied, in one step: so many of their parts count as one more. */
const partsOfStep = 64;
/** UTF-16 units of anything a template makes, beside the conversation's own. */
const longestMade = 200_000;
const longestRange = 10_000;

/**
 * A model's chat template, rendered as transformers' `apply_chat_template` does for a conversation that the model is to go on with. `specials` are the tokens by the names that
 * templates call them, such as `bos_token`. Rejects with `tokenizer-unsupported` for a template that cannot be read, refuses the conversation, or does not end.
 */
export async function renderChat(
  template: string,
  turns: readonly ChatTurn[],
  specials: Readonly<Record<string, string>>,
): Promise<string> {
  if (template.length > longestTemplate) {
    throw unusable("it is too long");
  }
  const jinja = await import("@huggingface/jinja");
  const given = turns.reduce((sum, { content }) => sum + content.length, 0);
  try {
    const program = jinja.parse(jinja.tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
    const environment = new jinja.Environment();
    for (const [name, value] of Object.entries({ ...globals, ...specials })) {
      environment.set(name, value);
    }
    environment.set(
      "messages",
      turns.map(({ role, content }) => ({ role, content })),
    );
    environment.set("add_generation_prompt", true);
    return textOf(bounded(jinja, environment, mostSteps + given, longestMade + 4 * given).run(program));
  } catch (error) {
    throw error instanceof ExplainError ? error : unusable(error instanceof Error ? error.message : String(error));
  }
}

/** What every template may call; there is no clock, as the same text is to give the same answer. */
const globals = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  raise_exception(reason: unknown): never {
    throw unusable(String(reason));
  },
  range(start: number, stop?: number, step = 1): number[] {
    const [from, to] = stop === undefined ? [0, start] : [start, stop];
    const length = Math.max(0, Math.ceil((to - from) / step));
    if (!(length <= longestRange)) {
      throw endless();
    }
    return Array.from({ length }, (_, index) => from + index * step);
  },
};

/** An interpreter that takes no more than `steps` steps and makes no text longer than `longest`. */
function bounded(
  { Interpreter }: Jinja,
  environment: InstanceType<Jinja["Environment"]>,
  steps: number,
  longest: number,
): Interpreter {
  let left = steps;
  class Bounded extends Interpreter {
    override evaluate(...asked: Parameters<Interpreter["evaluate"]>): Evaluated {
      const result = super.evaluate(...asked);
      const { value } = result;
      const size = typeof value === "string" || Array.isArray(value) ? value.length : 0;
      left -= 1 + size / partsOfStep;
      if (left < 0 || size > longest) {
        throw endless();
      }
      return result;
    }
  }
  return new Bounded(environment);
}

function textOf({ value }: Evaluated): string {
  if (typeof value !== "string") {
    throw unusable("it makes no text");
  }
  return value;
}

function endless(): ExplainError {
  return unusable("it takes too many steps or makes too much text");
}

function unusable(why: string): ExplainError {
  return new ExplainError(
    "tokenizer-unsupported",
    "The model's chat template cannot be used: {0}. Turn chat off, or mend the template.",
    why.replace(/[.!]\s*$/, "").slice(0, 200),
  );
}
