/** What a method is given besides its target and options. */
export interface MethodRun {
  readonly seed: number;
  /** Once aborted, the method rejects with the `cancelled` `ExplainError`. */
  readonly signal: AbortSignal;
  /** Hears how many evaluations are done. */
  readonly onProgress?: (evaluations: number) => void;
}
