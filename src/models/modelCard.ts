import { cleanName } from "../common/cleanWords";
import type { ModelCard } from "../common/model";
import { readTextFile } from "./readJson";

/** Cards are read by people. */
const mostBytes = 2 ** 20;
const mostCharacters = 60_000;

/** What the `README.md` of a model's folder says of it, its front matter apart; `null` where there is none that can be read. */
export function readModelCard(directory: string): ModelCard | null {
  let text: string | undefined;
  try {
    text = readTextFile(directory, "README.md", mostBytes, "model-file-corrupt");
  } catch {
    // A model may have any file of this name, or a link to one.
    return null;
  }
  if (text === undefined) {
    return null;
  }
  const [matter = "", front = ""] = /^\ufeff?---\r?\n([\s\S]*?)\r?\n---(?:\r?\n|$)/.exec(text) ?? [];
  const body = text.slice(matter.length).trim();
  return { licence: licenceIn(front), text: body.slice(0, mostCharacters), isCut: body.length > mostCharacters };
}

/** `license`, or the name of one that is not among the usual. */
function licenceIn(front: string): string | null {
  const field = (name: string): string => {
    const written = new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(front)?.[1] ?? "";
    return cleanName(written.trim().replace(/^(["'])(.*)\1$/, "$2"));
  };
  const licence = field("license");
  return (licence === "other" ? field("license_name") || licence : licence) || null;
}
