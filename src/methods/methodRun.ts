/** What a method is given besides its target and options. */
export interface MethodRun {
  readonly seed: number;
  /** Once aborted, the method rejects with the `cancelled` `ExplainError`. */
  readonly signal: AbortSignal;
  /** Hears how many evaluations are done. */
  readonly onProgress?: (evaluations: number) => void;
}

/** The probability that belongs to log-odds. */
export function sigmoid(logOdds: number): number {
  return logOdds >= 0 ? 1 / (1 + Math.exp(-logOdds)) : Math.exp(logOdds) / (1 + Math.exp(logOdds));
}
