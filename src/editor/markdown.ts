import { cleanText } from "../common/cleanWords";

/** What stands between two paragraphs. */
export const endOfMarkdown = "\n\n";

/** Makes any text safe inside a line of Markdown, table cells included: no links, no HTML, no emphasis, no line breaks, no icons, nothing unseen. */
export function escapeMarkdown(text: string): string {
  return cleanText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\`*_{}[\]()#+\-.!|~$:/@]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A link that runs a command with arguments; `words` are escaped here. */
export function commandLink(words: string, command: string, args: readonly unknown[]): string {
  return `[${escapeMarkdown(words)}](command:${command}?${encodeURIComponent(JSON.stringify(args))})`;
}
