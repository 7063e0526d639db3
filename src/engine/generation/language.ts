import { ExplainError } from "../../common/errors";
import type { LoadedModel } from "../loadedModel";
import { outputBegins } from "./outputBegins";

/** How a decoder is told the language it writes in: by the ids it begins with, or by the first token that it writes. */
export interface ToldLanguage {
  readonly begins: readonly number[];
  /** `null` leaves that to the model's files. */
  readonly first: number | null;
}

/** Names of tokens that stand for a language: of mBART (`de_DE`), NLLB (`deu_Latn`) and M2M100 (`__de__`). */
const languageName = /^(?:([a-z]{2})_[A-Z]{2}|([a-z]{3})_[A-Z][a-z]{3}|__([a-z]{2,3})__)$/;

/**
 * The language that a request names, by a token's name or what that begins with. Throws `request-invalid`, naming all languages, for one that the model does not know, and where it knows several
 * and neither the request nor its files name one.
 */
export function toldLanguage(
  { session, folder, tokenizer }: Pick<LoadedModel, "session" | "folder" | "tokenizer">,
  wanted: string | null,
): ToldLanguage {
  const begins = outputBegins({ session, folder });
  if (!session.readsOutput) {
    return { begins, first: null };
  }
  const languages = languagesOf(folder.tokenizer.added_tokens);
  const ids = new Set(languages.map(({ name }) => tokenizer.pieceToId(name)));
  const isBegun = begins.some((id) => ids.has(id));
  if (wanted === null) {
    if (languages.length > 1 && !isBegun && folder.generation.rules.forcedFirst === null) {
      throw new ExplainError(
        "request-invalid",
        "This model writes in several languages, and its files do not say in which. Name one (language): {0}.",
        listed(languages),
      );
    }
    return { begins, first: null };
  }
  const found = languages.filter(({ name, short }) => name === wanted || short === wanted);
  const named = found.find(({ name }) => name === wanted) ?? (found.length === 1 ? found[0] : undefined);
  const id = named && tokenizer.pieceToId(named.name);
  if (typeof id !== "number") {
    throw languages.length === 0
      ? new ExplainError("request-invalid", "This model has no languages to choose from. Leave the language out.")
      : new ExplainError(
          "request-invalid",
          "The model knows no language called “{0}”. Choose one of these: {1}.",
          wanted.slice(0, 80),
          listed(languages),
        );
  }
  return isBegun ? { begins: [id], first: null } : { begins, first: id };
}

interface Language {
  /** The token's. */
  readonly name: string;
  readonly short: string;
}

/** More are taken for a damaged file. */
const mostLanguages = 1000;

function languagesOf(added: unknown): readonly Language[] {
  const tokens: readonly unknown[] = Array.isArray(added) ? added : [];
  return tokens
    .flatMap((token): Language[] => {
      const content: unknown = typeof token === "object" && token !== null ? Reflect.get(token, "content") : null;
      const name = typeof content === "string" ? content : "";
      const found = languageName.exec(name);
      return found ? [{ name, short: found[1] ?? found[2] ?? found[3] ?? name }] : [];
    })
    .slice(0, mostLanguages);
}

const listed = (languages: readonly Language[]) => languages.map(({ name }) => name).join(", ");
