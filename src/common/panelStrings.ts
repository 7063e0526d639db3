/** Every word of the panel in English; `{0}`, `{1}` … are filled in by the web view. The host translates the values. */
export const panelStrings = {
  nothingYet: "Select text in an editor and run Explain with Transformer.",
  prediction: "Prediction",
  why: "why",
  ratherThan: "rather than",
  tokens: "Tokens",
  heads: "Heads",
};

/** The panel's words, translated. */
export type PanelStrings = { readonly [K in keyof typeof panelStrings]: string };
