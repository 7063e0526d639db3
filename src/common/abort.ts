/** Calls `listener` once `signal` aborts, at once where it has by now: nothing is lost between a check and this call. What it returns takes the listener away. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
