/** Every command of the extension; `package.json` declares exactly these (a test compares both ways). */
export const commandIds = {
  explainSelection: "explainWithTransformer.explainSelection",
  explainWithSecondText: "explainWithTransformer.explainWithSecondText",
  explainWithLabels: "explainWithTransformer.explainWithLabels",
  explainWord: "explainWithTransformer.explainWord",
  explainAs: "explainWithTransformer.explainAs",
  explainSample: "explainWithTransformer.explainSample",
  explainAgain: "explainWithTransformer.explainAgain",
  explainMoreExactly: "explainWithTransformer.explainMoreExactly",
  useRawText: "explainWithTransformer.useRawText",
  clear: "explainWithTransformer.clear",
  clearAll: "explainWithTransformer.clearAll",
  nextToken: "explainWithTransformer.nextToken",
  previousToken: "explainWithTransformer.previousToken",
  showPanel: "explainWithTransformer.showPanel",
  showHead: "explainWithTransformer.showHead",
  chooseModel: "explainWithTransformer.chooseModel",
  downloadModel: "explainWithTransformer.downloadModel",
  refreshModels: "explainWithTransformer.refreshModels",
  useModel: "explainWithTransformer.useModel",
  useModelForFiles: "explainWithTransformer.useModelForFiles",
  inspectModel: "explainWithTransformer.inspectModel",
  compareFiles: "explainWithTransformer.compareFiles",
  compareSteps: "explainWithTransformer.compareSteps",
  saveAsOnnx: "explainWithTransformer.saveAsOnnx",
  revealModel: "explainWithTransformer.revealModel",
  removeDownload: "explainWithTransformer.removeDownload",
  chooseMethods: "explainWithTransformer.chooseMethods",
  analyseFile: "explainWithTransformer.analyseFile",
  compareMethods: "explainWithTransformer.compareMethods",
  cancel: "explainWithTransformer.cancel",
  toggleImportance: "explainWithTransformer.toggleImportance",
  toggleAttention: "explainWithTransformer.toggleAttention",
  pin: "explainWithTransformer.pin",
  maskToken: "explainWithTransformer.maskToken",
  exportExplanation: "explainWithTransformer.exportExplanation",
  openExplanation: "explainWithTransformer.openExplanation",
  copyExplanation: "explainWithTransformer.copyExplanation",
  showLog: "explainWithTransformer.showLog",
} as const;

/** The id of a command of the extension. */
export type CommandId = (typeof commandIds)[keyof typeof commandIds];

/** The section of all settings. */
export const settingSection = "explainWithTransformer";

/** The settings of the editor alone, below {@link settingSection}; those of an explanation are in `common/options.ts`. */
export const settingKeys = {
  modelPath: "model.path",
  modelFile: "model.file",
  modelByPattern: "model.byPattern",
  importanceShow: "importance.show",
  importanceMethod: "importance.method",
  attentionShow: "attention.show",
  attentionMethod: "attention.method",
  coloursPerClass: "colours.perClass",
  noteShow: "note.show",
  textRead: "text.read",
} as const;

/** Context keys that when-clauses in `package.json` read. */
export const contextKeys = {
  /** The active editor shows an explanation. */
  hasExplanation: "explainWithTransformer:hasExplanation",
  /** The cursor is in an explained range. */
  inExplanation: "explainWithTransformer:inExplanation",
  /** An explanation is being made. */
  running: "explainWithTransformer:running",
} as const;

/** The type of the panel's web view. */
export const panelViewType = "explainWithTransformer.panel";

/** The view of models in the side bar. */
export const modelsViewId = "explainWithTransformer.models";

/** The colour contribution of an importance bucket, 1 to 5 on each side. */
export function importanceColour(bucket: number): string {
  return `explainWithTransformer.${bucket < 0 ? "against" : "supports"}${Math.abs(bucket)}`;
}

/** The colour contribution of an attention bucket, 1 to 5. */
export function attentionColour(bucket: number): string {
  return `explainWithTransformer.attention${bucket}`;
}

/** The colour contribution of a strength of surprise, 1 to 5. */
export function surpriseColour(bucket: number): string {
  return `explainWithTransformer.surprise${bucket}`;
}

/** The remaining colour contributions: borders that only high-contrast themes show, the frame of masked tokens, and bars of the panel. */
export const otherColours = {
  supportsBorder: "explainWithTransformer.supportsBorder",
  againstBorder: "explainWithTransformer.againstBorder",
  surpriseBorder: "explainWithTransformer.surpriseBorder",
  supportsBar: "explainWithTransformer.supportsBar",
  againstBar: "explainWithTransformer.againstBar",
  masked: "explainWithTransformer.masked",
  mark: "explainWithTransformer.mark",
  highlightBorder: "explainWithTransformer.highlightBorder",
} as const;
