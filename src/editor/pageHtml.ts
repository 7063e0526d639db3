import { bucketCount } from "../common/colourScale";
import { escapeHtml } from "../common/escapeHtml";

/** What a page of the editor is made of. */
export interface PageParts {
  readonly title: string;
  /** HTML in which everything that is not ours was escaped. */
  readonly body: string;
  /** Unguessable; new for each page. */
  readonly nonce: string;
  readonly language: string;
}

const buckets = Array.from({ length: bucketCount }, (_, index) => index + 1);

const styles = `
body { max-width: 64rem; margin: 0; padding: 0.5rem 1.25rem 2rem; font: var(--vscode-font-size)/1.5 var(--vscode-font-family); color: var(--vscode-foreground); }
h1 { font-size: 1.4em; font-weight: 600; margin: 0.6em 0 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1em; font-weight: 600; margin: 1.6em 0 0.4em; }
p { margin: 0.3em 0; overflow-wrap: anywhere; } .dim { color: var(--vscode-descriptionForeground); }
a { color: var(--vscode-textLink-foreground); text-decoration: none; } a:hover { text-decoration: underline; }
a:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
.actions a { margin-right: 1.2em; white-space: nowrap; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: start; vertical-align: top; padding: 0.25em 1em 0.25em 0; border-bottom: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, rgb(128 128 128 / 0.25))); }
td { overflow-wrap: break-word; } tbody th + td { overflow-wrap: anywhere; } th { font-weight: 600; } tbody th { font-weight: 400; color: var(--vscode-descriptionForeground); width: 11em; }
th.number, td.number { text-align: end; white-space: nowrap; } td.no { color: var(--vscode-descriptionForeground); } tr.reference td { font-weight: 600; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); line-height: 1.7; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-family: var(--vscode-editor-font-family); font-size: 0.95em; padding: 0.6em 0.8em; background: var(--vscode-textCodeBlock-background); border: 1px solid var(--vscode-contrastBorder, transparent); }
mark { color: inherit; background: none; border-radius: 2px; }
${buckets.map((bucket) => `.supports${bucket} { background: var(--vscode-explainWithTransformer-supports${bucket}); outline: 1px solid var(--vscode-explainWithTransformer-supportsBorder); } .against${bucket} { background: var(--vscode-explainWithTransformer-against${bucket}); outline: 1px dashed var(--vscode-explainWithTransformer-againstBorder); } .size${bucket} { border-bottom: 3px solid var(--vscode-explainWithTransformer-attention${bucket}); }`).join("\n")}
@media (max-width: 32rem) { tbody th { width: auto; } th, td { padding-right: 0.6em; } }
`;

/** A page that runs nothing and loads nothing: only its own style sheet is allowed. */
export function pageHtml({ title, body, nonce, language }: PageParts): string {
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${escapeHtml(nonce)}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style nonce="${escapeHtml(nonce)}">${styles}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** A row of cells as HTML; numbers stand at the end of theirs. */
export function tableRow(
  cells: readonly { readonly html: string; readonly isNumber?: boolean }[],
  name = "td",
): string {
  const shown = cells.map(({ html, isNumber }) => `<${name}${isNumber ? ' class="number"' : ""}>${html}</${name}>`);
  return `<tr>${shown.join("")}</tr>`;
}

/** Words of somebody else among ours, which keep their direction to themselves. */
export function isolated(words: string): string {
  return `<bdi>${escapeHtml(words)}</bdi>`;
}

/** A link that runs a command with an argument. */
export function commandAnchor(words: string, command: string, argument: unknown): string {
  const address = `command:${command}?${encodeURIComponent(JSON.stringify([argument]))}`;
  return `<a href="${escapeHtml(address)}">${escapeHtml(words)}</a>`;
}
