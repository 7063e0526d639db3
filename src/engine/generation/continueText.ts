import { ExplainError } from "../../common/errors";
import type { ExplainRequest } from "../../common/explanation";
import type { Message } from "../../common/message";
import type { GeneratedStep } from "../../common/prediction/generated";
import { SeededRandom } from "../../methods/maths/random";
import { notDone } from "../../models/generationConfig";
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
import { type GeneratedToken, type GenerationTask, generate } from "./generate";
import { toldLanguage } from "./language";
import { type Prefixed, prefixed } from "./prefixed";
import { searchBeams } from "./searchBeams";

type Asked = Pick<
  ExplainRequest,
  "text" | "pair" | "chat" | "generate" | "beams" | "prefix" | "language" | "temperature" | "topP" | "seed"
>;

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
  const { text, chat, generate: newTokens, beams, prefix, language, temperature, topP, seed } = request;
  const key = JSON.stringify([text, chat, newTokens, beams, prefix, language, temperature, topP, seed]);
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
  const { tokens: prompt, notes: asked } = await promptOf(model, request);
  const { begins, first } = toldLanguage(model, request.language);
  const read = (prompt ?? tokenizer.encode(request.text, null)).map(({ id }) => id);
  const ids = session.readsOutput ? begins : read;
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
  const { rules, notes } = rulesFor(model, request);
  const task = {
    ids,
    rules: first === null ? rules : { ...rules, forcedFirst: first },
    newTokens: request.generate,
    context,
    alternatives: alternativesListed,
    uniform: () => random.uniform(),
  };
  const stream = new TextStream((some) => tokenizer.decode(some), ids);
  const steps: GeneratedStep[] = [];
  reporter?.phase("writing", request.generate);
  const push = (token: GeneratedToken) => steps.push(stepOf(token, stream.push(token.id), model));
  const end = await withDecoding(model, read, task, async (decoding) => {
    if (rules.beams === 1) {
      return await generate(decoding, task, signal, (token) => {
        push(token);
        reporter?.written(steps);
      });
    }
    const found = await searchBeams(decoding, task, signal, (made) => reporter?.progress(made));
    found.tokens.forEach(push);
    return found.end;
  });
  const last = steps.pop();
  return {
    steps: last ? [...steps, { ...last, text: last.text + stream.end() }] : steps,
    end,
    prompt,
    begins,
    notes: [...asked, ...notes],
  };
}

/** The text as the model reads it, where that is more than the text: in a chat template, or behind a prefix. */
async function promptOf(model: LoadedModel, request: Pick<Asked, "text" | "chat" | "prefix">): Promise<Prefixed> {
  if (model.session.readsOutput) {
    return prefixed(model, request);
  }
  return { tokens: request.chat ? await chatPrompt(model, request.text) : null, notes: [] };
}

/** How the files of the model want tokens chosen, what the request says instead, and what of both is not done. Throws where a request wants a search and drawing at once. */
function rulesFor(
  { folder, tokenizer }: LoadedModel,
  { beams, temperature, topP }: Pick<Asked, "beams" | "temperature" | "topP">,
): { readonly rules: GenerationRules; readonly notes: readonly Message[] } {
  const { rules, notes } = folder.generation;
  const { eos } = tokenizer.specials;
  const asksToDraw = temperature === null ? topP !== null : temperature > 0;
  const asksToSearch = (beams ?? 1) > 1;
  if (asksToDraw && asksToSearch) {
    throw new ExplainError(
      "request-invalid",
      "A search with beams draws no tokens. Leave either the beams or temperature and top-p out.",
    );
  }
  const isDrawn = asksToDraw || (temperature === null && rules.sample && !asksToSearch);
  const kept = beams ?? rules.beams;
  return {
    rules: {
      ...rules,
      sample: isDrawn,
      temperature: temperature === null || temperature === 0 ? rules.temperature : temperature,
      topP: topP ?? rules.topP,
      beams: isDrawn ? 1 : kept,
      stop: rules.stop.length > 0 || eos === null ? rules.stop : [eos],
    },
    notes: isDrawn && kept > 1 ? [...notes, notDone("num_beams")] : notes,
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
  { newTokens, rules }: Pick<GenerationTask, "newTokens" | "rules">,
  work: (decoding: Decoding) => Promise<T>,
): Promise<T> {
  const { decoding, folder, session: own } = model;
  const read = own.readsOutput ? text : [];
  const tokens = Math.min(folder.config.maxTokens, longestWindow, text.length + newTokens);
  if (!((await answered(() => decoding.get("text"))) instanceof ExplainError)) {
    return await decoding.use("text", (session: DecodingSession) =>
      model.withRoom(rules.beams * session.bytesPerToken * tokens + session.runBytes(tokens), () =>
        work(session.begin(read)),
      ),
    );
  }
  return await work(repeating(model, read));
}

/** The whole text anew for each token; `read` is what an encoder reads, for a decoder that is fed what it writes. */
function repeating(
  model: Pick<LoadedModel, "session" | "withRoom">,
  read: readonly number[],
  before: readonly number[] = [],
): Decoding {
  const { session, withRoom } = model;
  const written = [...before];
  return {
    fork: () => repeating(model, read, written),
    async next(ids) {
      written.push(...ids);
      const all = [...read, ...written];
      const row = {
        ids: Int32Array.from(all),
        segments: new Int32Array(all.length),
        at: [all.length - 1],
        ...(read.length > 0 ? { outputFrom: read.length } : {}),
      };
      const [logits] = await withRoom(session.runBytes(1, all.length), () => session.logits([row]));
      return logits ?? new Float32Array();
    },
  };
}
