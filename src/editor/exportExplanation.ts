import * as path from "node:path";
import * as vscode from "vscode";
import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import { formatMessage } from "../common/message";
import { type Reading, readingMessage } from "../common/reading";
import type { Export, Result } from "../exports/export";
import type { ExportId } from "../exports/registry";
import { writeWhole } from "../exports/wholeFile";
import type { Explained } from "./explained";
import { openDocument } from "./openDocuments";
import { pickFrom } from "./surfaceLists";
import { pickFileToSave, showBriefly, showWarning } from "./surfaces";
import { type Translate, translateMessage } from "./translate";

/** Where an export goes. */
export type ExportTarget = "clipboard" | "file";

/** The ways to write explanations down. They are a bundle of their own, loaded when one is first needed: the editor's start does not wait for them. */
const waysToExport = () => import("../exports/registry");

/** Lets the person choose how to write an explanation down, and does it. */
export async function exportAsChosen(explained: Explained, to: ExportTarget, translate: Translate): Promise<void> {
  const { exportKind } = await waysToExport();
  const items = (await exportFormats(translate)).map((item) => ({
    ...item,
    description: translate(exportKind(item.id).words),
  }));
  const title = to === "file" ? translate("Export explanation as") : translate("Copy explanation as");
  const chosen = await pickFrom(items, { title, placeholder: translate("Choose a format") });
  if (chosen) {
    await exportExplanation(explained, chosen.id, to, translate);
  }
}

/** What an explanation can be exported as, in the person's language. */
export async function exportFormats(
  translate: Translate,
): Promise<{ readonly id: ExportId; readonly label: string }[]> {
  const { exportIds, exportKind } = await waysToExport();
  return exportIds.map((id) => ({ id, label: translate(exportKind(id).label) }));
}

/** {@link exportExplanation} in a format that a web view names. Throws `request-invalid` where there is no such format. */
export async function exportNamed(
  explained: Explained,
  format: string,
  to: ExportTarget,
  translate: Translate,
): Promise<void> {
  const { isExportId } = await waysToExport();
  if (!isExportId(format)) {
    throw new ExplainError("request-invalid", "There is no format {0}.", format);
  }
  await exportExplanation(explained, format, to, translate);
}

/** Writes an explanation to the clipboard, or to a file that the person names; says what went wrong. */
export async function exportExplanation(
  explained: Explained,
  id: ExportId,
  to: ExportTarget,
  translate: Translate,
): Promise<void> {
  const result = exportedResult(explained);
  if (!result) {
    return;
  }
  const kind = (await waysToExport()).exportKind(id);
  const content = written(kind, result);
  try {
    if (to === "clipboard") {
      await vscode.env.clipboard.writeText(content);
      showBriefly(translate("Copied as {0}", translate(kind.label)), 3000);
      return;
    }
    await save(explained, kind, content, translate);
  } catch (thrown) {
    await showWarning(translateMessage(translate, ExplainError.from(thrown).text));
  }
}

/** The coloured words of an explanation as SVG; empty where there is nothing yet. */
export async function pictureOf(explained: Explained): Promise<string> {
  const result = exportedResult(explained);
  return result ? written((await waysToExport()).exportKind("svg"), result) : "";
}

/** Writes what was drawn of {@link pictureOf}, a PNG in base64, to a file that the person names; says what went wrong, also where it could not be drawn (`null`). */
export async function savePicture(explained: Explained, png: string | null, translate: Translate): Promise<void> {
  if (png === null) {
    await showWarning(translate("The picture is too large for PNG. Export it as SVG."));
    return;
  }
  try {
    await save(explained, { label: "PNG", extension: "png" }, Buffer.from(png, "base64"), translate);
  } catch (thrown) {
    await showWarning(translateMessage(translate, ExplainError.from(thrown).text));
  }
}

function written(kind: Export, result: Result): string {
  return `${kind.begin?.() ?? ""}${kind.one(result, 0)}${kind.end?.() ?? ""}`;
}

type FileKind = Pick<Export, "label" | "extension">;

/** Writes something to a file that the person names, and says where. */
async function save(
  explained: Explained,
  { label, extension }: FileKind,
  content: string | Uint8Array,
  translate: Translate,
): Promise<void> {
  const place = await pickFileToSave(translate("Export explanation"), suggestedPlace(explained, extension), {
    [translate(label)]: [extension],
  });
  if (place) {
    await write(place, content);
    showBriefly(translate("Exported to {0}", cleanName(path.posix.basename(place.path))), 4000);
  }
}

/** What is exported of an explanation: what is finished, as the command line gives it; `null` where there is nothing yet. */
export function exportedResult(explained: Explained): Result | null {
  const { explanation, read } = explained;
  if (!explanation) {
    return null;
  }
  const about = read.words && readingMessage(read.words, formatMessage);
  return {
    explanation: {
      ...explanation,
      attributions: explanation.attributions.filter(({ partial }) => !partial),
      warnings: about ? [about, ...explanation.warnings] : explanation.warnings,
    },
    matrices: null,
    line: null,
    reading: readingNow(explained),
  };
}

/** How the text stands in its document now; `null` where it was taken as it is, was edited since, or places are counted otherwise in files. */
function readingNow({ read, tracked, uri }: Explained): Reading | null {
  const hasLongLineEnds = openDocument(uri)?.eol === vscode.EndOfLine.CRLF;
  if (!read.words || tracked.stale || hasLongLineEnds) {
    return null;
  }
  const runs = read.runs.map((value, index) => (index % 3 === 0 ? value : value + tracked.start));
  return { ...read.words, runs };
}

/** A file beside the document, or in the workspace where the document is nowhere. */
function suggestedPlace({ uri }: Explained, extension: string): vscode.Uri {
  const name = `${path.posix.parse(uri.path).name || "text"}-explanation.${extension}`;
  const workspace = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (uri.scheme === "file") {
    return vscode.Uri.joinPath(uri, "..", name);
  }
  return workspace ? vscode.Uri.joinPath(workspace, name) : vscode.Uri.file(path.resolve(name));
}

async function write(place: vscode.Uri, content: string | Uint8Array): Promise<void> {
  if (place.scheme === "file") {
    await writeWhole(place.fsPath, content);
    return;
  }
  try {
    await vscode.workspace.fs.writeFile(
      place,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ExplainError("output-unwritable", "{0} cannot be written ({1}). Choose another place.", place.path, why);
  }
}
