import { csv } from "./csv";
import type { Export } from "./export";
import { html } from "./html";
import { json } from "./json";
import { markdown } from "./markdown";
import { svg } from "./svg";
import { text } from "./text";

/** Every way to write explanations down, by the name that the command line takes. */
export const exportKinds = { text, json, csv, html, md: markdown, svg } as const satisfies Readonly<
  Record<string, Export>
>;

/** The name of an export. */
export type ExportId = keyof typeof exportKinds;

/** Whether a string names an export. */
export function isExportId(name: unknown): name is ExportId {
  return typeof name === "string" && Object.hasOwn(exportKinds, name);
}

/** The names of all exports, in the order of all lists. */
export const exportIds: readonly ExportId[] = Object.keys(exportKinds).filter(isExportId);

/** How results are written where nobody says: one to be read, and several, which are for programs. */
export const usualExports = { one: "text", several: "json" } as const satisfies Record<string, ExportId>;

/** An export by its name. */
export function exportKind(id: ExportId): Export {
  return exportKinds[id];
}
