import type { AttentionStudy } from "./attentionStudy";
import type { ClassColours } from "./classColours";
import type { RunPlan, RunProgress } from "./engineProtocol";
import type { ErrorData } from "./errors";
import type { ExplainRequest, Explanation } from "./explanation";
import type { Look, LookKind, Looks } from "./look";
import type { MethodId } from "./method";
import type { PanelStrings } from "./panelStrings";
import type { Prediction } from "./prediction/registry";
import type { ReadText } from "./reading";

/** The sentences of an explanation in the person's language. */
export interface SaidSentences {
  /** What a person should know of the text; what is no doubt stands in {@link PanelStatus.source}. */
  readonly warnings: readonly string[];
  /** The notes of each attribution. */
  readonly notes: readonly (readonly string[])[];
}

/** An explanation as the panel is given it, with what the host needs to take it up again after a reload of the window. */
export interface PanelSubject {
  /** The document. */
  readonly uri: string;
  readonly request: ExplainRequest;
  readonly read: ReadText;
  /** Where the second text stands, and whether other texts are explained against it too; `null` where there is none in a document. */
  readonly second: { readonly uri: string; readonly read: ReadText; readonly isShared: boolean } | null;
  readonly explanation: Explanation;
  readonly said: SaidSentences;
}

/** Which explanation the panel shows; sent whole, and only when it is another. */
export interface PanelExplanation {
  /** Grows with every explanation, so that a {@link PanelStatus} can say which it is about. */
  readonly number: number;
  readonly subject: PanelSubject | null;
}

/** Everything else that the panel shows: small, and sent whole. */
export interface PanelStatus {
  /** The {@link PanelExplanation} that this is about. */
  readonly number: number;
  /** Where the explained text and a second one in a document stand now (UTF-16 offsets), and whether the panel is held to it: for a reload. */
  readonly place: { readonly start: number; readonly second: number | null; readonly pinned: boolean };
  /** Where the text is, as a person would say it ("reviews.md, line 5"). */
  readonly source: string;
  /** What the person has said beside the text; `null` where nothing was. */
  readonly beside: { readonly kind: "question" | "pair" | "labels"; readonly text: string } | null;
  /** What of the document was read and what was left out, as a person would say it; `null` where the text stands in it as it is. */
  readonly reading: string | null;
  /** The method of the editor's background colours; `null` where importance is not shown. */
  readonly importance: MethodId | null;
  /** The method of the editor's bars; `null` where attention is not shown. */
  readonly attention: MethodId | null;
  /** The methods that were to be added and could not be, and why, in the person's language. */
  readonly refused: readonly { readonly method: MethodId; readonly why: string }[];
  /** The methods that can be run on the model, as far as that is known. */
  readonly methods: readonly MethodId[];
  /** What the hues stand for where that is not for and against the explained class. */
  readonly classColours: ClassColours | null;
  /** The text has been edited since. */
  readonly stale: boolean;
  readonly progress: RunProgress | null;
  readonly error: ErrorData | null;
  /** What failed can be tried again. */
  readonly canTryAgain: boolean;
}

/** The analysis of attention over a file: how far it is, and what it has found. */
export interface PanelStudy {
  /** Names the file, and the column of it, as a person would say it ("reviews.csv, column text"). */
  readonly source: string;
  readonly total: number;
  /** How many texts were left out, and why the first was, in the person's language. */
  readonly failed: number;
  readonly why: string | null;
  readonly isRunning: boolean;
  /** `null` where it is not known. */
  readonly remainingMilliseconds: number | null;
  /** Of the texts that are finished, its sentences in the person's language; `null` of none. */
  readonly study: AttentionStudy | null;
}

/** What could be done about the text that is shown. */
export interface PanelPlan extends RunPlan {
  /** At most so many evaluations for the measures that run methods again. */
  readonly checking: number;
}

/** Asked by the web view, answered by the extension host; errors come back as {@link ErrorData}. */
export interface PanelRequests {
  /** First message of a web view: asks for the words, for all that is shown, and for what an explanation can be exported as. */
  ready: {
    params: null;
    result: {
      readonly strings: PanelStrings;
      readonly explanation: PanelExplanation;
      readonly status: PanelStatus;
      readonly study: PanelStudy | null;
      readonly formats: readonly { readonly id: string; readonly label: string }[];
    };
  };
  /** Something of the inside of the model on one window of the text; the result is that of the look's kind in {@link Looks}. */
  look: { params: { readonly window: number; readonly look: Look }; result: Looks[LookKind]["result"] };
  predictMasked: {
    params: { readonly masked: readonly number[] };
    result: { readonly prediction: Prediction };
  };
  /** The scores of one method, of the text's own tokens and of those written before, for another place that the prediction can be explained at. */
  placeScores: {
    params: { readonly position: number; readonly method: MethodId };
    result: { readonly label: string; readonly text: readonly number[]; readonly output: readonly number[] };
  };
  /** Explain again with another question or other tokens masked. */
  explainAgain: {
    params: {
      readonly target: string | null;
      readonly versus: string | null;
      /** Which of several tokens is explained. */
      readonly position: number | null;
      readonly masked: readonly number[];
    };
    result: null;
  };
  /** Explain again with another question, second text or list of labels. */
  explainBeside: { params: { readonly text: string }; result: null };
  /** Write what the model says into the document: the outcome of a number, or (`null`) all that was written. */
  insert: { params: { readonly outcome: number | null }; result: null };
  /** Explain again with more evaluations. */
  explainMoreExactly: { params: null; result: null };
  /** Look at a method: the editor takes it for its colours or bars, and runs it where it has not been. */
  chooseMethod: { params: { readonly method: MethodId }; result: null };
  /** What adding each method would take, or why it cannot be, in the person's language, and what measuring would. */
  plan: { params: null; result: PanelPlan };
  /** Run a method beside those that the explanation has. */
  addMethod: { params: { readonly method: MethodId }; result: null };
  /** Measure all methods that have not been measured: how faithful their scores are or, by running them again, whether they pass sanity checks. */
  measure: { params: { readonly byRunningAgain: boolean }; result: null };
  /** Analyse attention over all texts of the document whose text is shown, or that is in front; `changed` asks what other attention does, too. */
  analyseFile: { params: { readonly changed: boolean }; result: null };
  /** Explain the text as it stands in the document, with its marks. */
  useRawText: { params: null; result: null };
  /** Run again what failed. */
  tryAgain: { params: null; result: null };
  /** Write the explanation to the clipboard, or to a file that the person names, in one of the formats that `ready` gave. */
  export: { params: { readonly format: string; readonly to: "clipboard" | "file" }; result: null };
  /** The coloured words as a picture, for {@link PanelRequests.savePicture}. */
  picture: { params: null; result: { readonly svg: string } };
  /** Write what was drawn of the picture to a file that the person names: the bytes of a PNG in base64, or `null` where it cannot be drawn. */
  savePicture: { params: { readonly png: string | null }; result: null };
  /** Light up tokens in the editor; an empty list ends it. */
  highlight: { params: { readonly tokens: readonly number[] }; result: null };
  /** Select a token in the editor. */
  reveal: { params: { readonly token: number }; result: null };
  cancel: { params: null; result: null };
}

/** A place of an explanation that a section of the panel can be opened at. */
export type Place =
  | { readonly token: number }
  | { readonly layer: number; readonly head: number }
  | { readonly methods: "all" }
  | { readonly analysis: "file" };

/** Sent by the extension host when something changes. */
export interface PanelEvents {
  explanation: PanelExplanation;
  /** Comes after every explanation, and when anything else has changed. */
  status: PanelStatus;
  /** The analysis of a file is another, or knows more. */
  study: PanelStudy | null;
  /** Bring a place of the explanation into view, as asked from the hover. */
  show: Place;
}

/** The messages as they cross: requests up, responses and events down. */
export type FromPanel = {
  readonly [K in keyof PanelRequests]: {
    readonly id: number;
    readonly request: K;
    readonly params: PanelRequests[K]["params"];
  };
}[keyof PanelRequests];

/** What the host posts to the web view. */
export type ToPanel =
  | { readonly response: number; readonly result: unknown }
  | { readonly response: number; readonly error: ErrorData }
  | { readonly [K in keyof PanelEvents]: { readonly event: K; readonly params: PanelEvents[K] } }[keyof PanelEvents];
