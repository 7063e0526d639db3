/** Addresses that the panel's page loads from, as the web view spells them. */
export interface PanelResources {
  readonly script: string;
  readonly style: string;
  /** What the content security policy calls the web view's own resources. */
  readonly cspSource: string;
  /** Unguessable; new for each page. */
  readonly nonce: string;
  readonly language: string;
  readonly title: string;
}

/** The panel's page: nothing from the network, no inline script or style, and only the one script that carries the nonce. */
export function panelHtml({ script, style, cspSource, nonce, language, title }: PanelResources): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data:`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escapeAttribute(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeAttribute(title)}</title>
<link rel="stylesheet" id="vscode-codicon-stylesheet" href="${escapeAttribute(style)}">
</head>
<body>
<script nonce="${escapeAttribute(nonce)}" src="${escapeAttribute(script)}"></script>
</body>
</html>
`;
}

function escapeAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
