import * as path from "node:path";
import { classColours } from "../common/classColours";
import { cleanName } from "../common/cleanWords";
import { readingRemarks } from "../common/doubts";
import type { ErrorData } from "../common/errors";
import { importanceOf } from "../common/importance";
import { type ColouringChoice, isMethodId, type MethodId } from "../common/method";
import type { PanelStatus } from "../common/panelProtocol";
import { readingMessage } from "../common/reading";
import { neededBy } from "../common/task";
import type { Controller } from "../editor/controller";
import { type Explained, isStale, share } from "../editor/explained";
import { isInputFailure } from "../editor/failures";
import { positionAt } from "../editor/offsets";
import { openDocument } from "../editor/openDocuments";
import type { SettingsStore } from "../editor/settingsStore";
import { type Translate, translateMessage } from "../editor/translate";

/** What a status is made from. */
export interface StatusSource {
  readonly controller: Controller;
  readonly settings: SettingsStore;
  readonly translate: Translate;
}

/** What the host knows of the panel itself. */
export interface PanelFacts {
  readonly shown: Explained | null;
  readonly pinned: boolean;
  readonly methods: readonly MethodId[];
  readonly error: ErrorData | null;
}

/** Everything that the panel shows besides the explanation, as a function of the editor and the panel. */
export function panelStatus(
  { controller, settings, translate }: StatusSource,
  { shown, pinned, methods, error }: PanelFacts,
): Omit<PanelStatus, "number"> {
  const { showImportance, importanceMethod, showAttention, attentionMethod, perClass } = settings.get();
  const run = controller.running.find((one) => one === shown || !shown || share(one, shown));
  const subject = shown ?? run;
  return {
    place: { start: shown?.tracked.start ?? 0, second: shown?.second?.tracked.start ?? null, pinned },
    source: subject ? sourceWords(subject, pinned, translate) : "",
    beside: subject ? besideOf(subject) : null,
    reading: subject ? readingWords(subject, translate) : null,
    importance: showImportance ? colouring(shown, importanceMethod) : null,
    attention: showAttention ? attentionMethod : null,
    refused: [...(shown?.refused ?? [])].map(([method, why]) => ({ method, why: translateMessage(translate, why) })),
    methods,
    classColours: shown?.explanation ? classColours(shown.explanation, perClass) : null,
    stale: shown !== null && isStale(shown),
    progress: run?.progress ?? null,
    error,
    canTryAgain: error !== null && !isInputFailure(error) && controller.failed.length > 0,
  };
}

/** What was said beside a text, as it can be changed. */
export function besideOf({ request, explanation }: Pick<Explained, "request" | "explanation">): PanelStatus["beside"] {
  const { pair, zeroShot } = request;
  const needed = explanation && neededBy(explanation.model.task);
  if (needed === "labels") {
    return { kind: needed, text: zeroShot.labels };
  }
  return pair === null ? null : { kind: needed ?? "pair", text: pair };
}

/** The method that has the colours, or will have them: where the most faithful is to, the one that was found. */
function colouring(shown: Explained | null, chosen: ColouringChoice): MethodId | null {
  const found = shown?.explanation && importanceOf(shown.explanation, chosen)?.method;
  return isMethodId(chosen) ? chosen : (found ?? null);
}

function sourceWords({ uri, tracked, explanation }: Explained, pinned: boolean, translate: Translate): string {
  const name = cleanName(path.posix.basename(uri.path));
  const document = openDocument(uri);
  const line = document ? positionAt(document, tracked.start).line + 1 : null;
  const place = line === null ? name : translate("{0}, line {1}", name, line);
  const held = pinned ? translate("{0}, pinned", place) : place;
  const remarks = explanation ? readingRemarks(explanation) : [];
  return [held, ...remarks.map((remark) => translateMessage(translate, remark))].join(" · ");
}

function readingWords({ read: { words } }: Explained, translate: Translate): string | null {
  const read = words && readingMessage(words, (piece) => translateMessage(translate, piece));
  return read && translateMessage(translate, read);
}
