import { ExplainError } from "../../common/errors";
import type { ExplainRequest } from "../../common/explanation";
import type { GeneratedStep } from "../../common/prediction/generated";
import { SeededRandom } from "../../methods/maths/random";
import type { GenerationRules } from "../../tasks/generation/rules";
import { alternativesListed } from "../../tasks/likeliestWords";
import type { Continuation } from "../../tasks/task";
import { wordOf } from "../../tasks/vocabulary";
import { TextStream } from "../../text/textStream";
import { answered } from "../answered";
import type { LoadedModel } from "../loadedModel";
import type { RunReporter } from "../runReporter";
import { longestWindow } from "../textsInRow";
import { chatPrompt } from "./chatPrompt";
import type { Decoding, DecodingSession } from "./decodingSession";
import { type GeneratedToken, generate } from "./generate";
import { outputBegins } from "./outputBegins";

type Asked = Pick<ExplainRequest, "text" | "pair" | "chat" | "generate" | "temperature" | "topP" | "seed">;

/** Continuations that a model remembers: one token after the other of them is explained. */
const mostKept = 8;

/**
 * What the model goes on with behind the text of a request, where its task does that; `null` for any other. The same request is answered from memory. Rejects with
 * `text-too-long` where there is no room behind the text, and with what the model throws.
 */
export async function continueText(
  model: LoadedModel,
  request: Asked,
  signal: AbortSignal,
  reporter?: RunReporter,
): Promise<Continuation | null> {
  if (!model.task.continues || request.pair !== null) {
    return null;
  }
  const { text, chat, generate: newTokens, temperature, topP, seed } = request;
  const key = JSON.stringify([text, chat, newTokens, temperature, topP, seed]);
  const { continuations } = model;
  const known = continuations.get(key);
  if (known) {
    return known;
  }
  const made = await written(model, request, signal, reporter);
  if (continuations.size >= mostKept) {
    continuations.clear();
  }
  continuations.set(key, made);
  return made;
}

async function written(
  model: LoadedModel,
  request: Asked,
  signal: AbortSignal,
  reporter: RunReporter | undefined,
): Promise<Continuation> {
  const { folder, tokenizer, session } = model;
  const prompt = request.chat && !session.readsOutput ? await chatPrompt(model, request.text) : null;
  const read = (prompt ?? tokenizer.encode(request.text, null)).map(({ id }) => id);
  const ids = session.readsOutput ? outputBegins(model) : read;
  const context = Math.min(folder.config.maxTokens, longestWindow);
  if (read.length + (session.readsOutput ? 0 : 1) > context) {
    throw new ExplainError(
      "text-too-long",
      "The text has {0} tokens; this model reads at most {1}, and there must be room for what it writes. Choose a shorter text.",
      read.length,
      context,
    );
  }
  const random = SeededRandom.fromSeed(request.seed);
  const task = {
    ids,
    rules: rulesFor(model, request),
    newTokens: request.generate,
    context,
    alternatives: alternativesListed,
    uniform: () => random.uniform(),
  };
  const stream = new TextStream((some) => tokenizer.decode(some), ids);
  const steps: GeneratedStep[] = [];
  reporter?.phase("writing", request.generate);
  const end = await withDecoding(model, read, request.generate, (decoding) =>
    generate(decoding, task, signal, (token) => {
      steps.push(stepOf(token, stream.push(token.id), model));
      reporter?.written(steps);
    }),
  );
  const last = steps.pop();
  return {
    steps: last ? [...steps, { ...last, text: last.text + stream.end() }] : steps,
    end,
    prompt,
    notes: folder.generation.notes,
  };
}

/** How the files of the model want tokens chosen, and what the request says instead. */
function rulesFor(
  { folder, tokenizer }: LoadedModel,
  { temperature, topP }: Pick<Asked, "temperature" | "topP">,
): GenerationRules {
  const { rules } = folder.generation;
  const { eos } = tokenizer.specials;
  const isDrawn = temperature === null ? rules.sample || topP !== null : temperature > 0;
  return {
    ...rules,
    sample: isDrawn,
    temperature: temperature === null || temperature === 0 ? rules.temperature : temperature,
    topP: topP ?? rules.topP,
    stop: rules.stop.length > 0 || eos === null ? rules.stop : [eos],
  };
}

function stepOf({ id, logProbability, alternatives }: GeneratedToken, text: string, { tokenizer }: LoadedModel) {
  return {
    id,
    piece: tokenizer.idToPiece(id) ?? "",
    text,
    logProbability,
    alternatives: alternatives.map((other) => ({ ...other, word: wordOf(other.id, tokenizer) })),
  };
}

/** Runs `work` on a text to which so many tokens are added, with what the files keep of earlier tokens, or where they keep nothing with the model that explains. */
async function withDecoding<T>(
  model: LoadedModel,
  text: readonly number[],
  newTokens: number,
  work: (decoding: Decoding) => Promise<T>,
): Promise<T> {
  const { decoding, folder, session: own } = model;
  if (own.readsOutput) {
    return await work(repeating(model, text));
  }
  const tokens = Math.min(folder.config.maxTokens, longestWindow, text.length + newTokens);
  if (!((await answered(() => decoding.get("text"))) instanceof ExplainError)) {
    return await decoding.use("text", (session: DecodingSession) =>
      model.withRoom(session.bytesPerToken * tokens + session.runBytes(tokens), () => work(session.begin())),
    );
  }
  return await work(repeating(model));
}

/** The whole text anew for each token; `text` is what an encoder reads, for a decoder that is fed what it writes. */
function repeating(
  { session, withRoom }: Pick<LoadedModel, "session" | "withRoom">,
  text: readonly number[] = [],
): Decoding {
  const all = [...text];
  return {
    async next(ids) {
      all.push(...ids);
      const row = {
        ids: Int32Array.from(all),
        segments: new Int32Array(all.length),
        at: [all.length - 1],
        ...(text.length > 0 ? { outputFrom: text.length } : {}),
      };
      const [logits] = await withRoom(session.runBytes(1, all.length), () => session.logits([row]));
      return logits ?? new Float32Array();
    },
  };
}
