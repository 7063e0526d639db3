import * as vscode from "vscode";
import type { Prediction } from "../common/prediction/registry";
import type { Controller } from "./controller";
import type { Engine } from "./engine";
import { type Explained, hasOwnColours, isStale, locator, placesOf } from "./explained";
import { offsetAt, rangeOf } from "./offsets";
import type { Settings } from "./settings";
import { markdownOf } from "./surfaces";
import type { Translate } from "./translate";

/** How long a hover waits for the prediction with its token masked, in milliseconds; after that it appears without. */
const patience = 400;

/** What the hover needs from its surroundings. */
export interface HoverParts {
  readonly controller: Controller;
  readonly engine: Engine;
  readonly settings: () => Settings;
  readonly isPinned: (explained: Explained) => boolean;
  readonly translate: Translate;
}

/** Shows a token's numbers where the pointer rests on explained text. */
export class TokenHover implements vscode.HoverProvider {
  readonly #parts: HoverParts;

  constructor(parts: HoverParts) {
    this.#parts = parts;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    cancellation: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const { controller, isPinned, translate } = this.#parts;
    const { showImportance, importanceMethod } = this.#parts.settings();
    const offset = offsetAt(document, position);
    const explained = controller.at(document.uri, offset);
    const place = explained && tokenPlace(explained, document.uri, offset);
    if (!explained || !place) {
      return undefined;
    }
    const version = document.version;
    const masked = explained.run ? null : await this.#masked(explained, place.index, cancellation);
    const { hoverCommands, hoverWords } = await import("./hoverWords");
    const { explanation } = explained;
    const token = explanation?.tokens[place.index];
    if (!explanation || !token || document.version !== version || cancellation.isCancellationRequested) {
      return undefined;
    }
    const words = hoverWords(
      {
        id: explained.id,
        explanation,
        stale: isStale(explained),
        pinned: isPinned(explained),
        isRead: explained.read.words !== null,
        masked,
        importance: showImportance && !hasOwnColours(explained) ? importanceMethod : null,
      },
      token,
      translate,
    );
    return new vscode.Hover(markdownOf(words, hoverCommands), rangeOf(document, place));
  }

  async #masked(
    explained: Explained,
    token: number,
    cancellation: vscode.CancellationToken,
  ): Promise<Prediction | null> {
    const known = explained.maskedPredictions.get(token);
    if (known || explained.request.masked.includes(token)) {
      return known ?? null;
    }
    const abort = new AbortController();
    const subscription = cancellation.onCancellationRequested(() => abort.abort());
    const request = this.#parts.engine
      .request(
        "predictMasked",
        { request: explained.request, masked: [...explained.request.masked, token] },
        abort.signal,
      )
      .then(
        ({ prediction }) => {
          explained.maskedPredictions.set(token, prediction);
          return prediction;
        },
        // A hover without this one line is still a hover; the run itself reports what is wrong with the engine.
        () => null,
      );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), patience);
    });
    try {
      return await Promise.race([request, late]);
    } finally {
      clearTimeout(timer);
      subscription.dispose();
    }
  }
}

/** The token at an offset of a document and where its text is now. */
export function tokenPlace(
  explained: Explained,
  uri: vscode.Uri,
  offset: number,
): { readonly index: number; readonly start: number; readonly end: number } | undefined {
  const { explanation } = explained;
  if (!explanation) {
    return undefined;
  }
  for (const { segment, place } of placesOf(explained, uri)) {
    const locate = locator(explained, segment);
    const parts = place.tracked.stale
      ? place.tracked.parts
      : explanation.tokens.map((one) => (one.special || one.segment !== segment ? null : locate(one)));
    const index = parts.findIndex((part) => part && part.start <= offset && offset < part.end);
    const part = parts[index];
    if (part) {
      return { index, start: part.start, end: part.end };
    }
  }
  return undefined;
}
