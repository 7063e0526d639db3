import { cancelledError } from "../common/errors";
import { showProgress } from "./surfaces";

/** Runs work below a notification whose button aborts its signal; `report` changes the words there. Throws what the work throws, once the notification has gone. */
export async function runCancellable<T>(
  title: string,
  work: (signal: AbortSignal, report: (words: string) => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let result: Promise<T> | undefined;
  await showProgress(
    title,
    () => controller.abort(),
    async (report) => {
      result = work(controller.signal, report);
      // Whoever waits below is told of a failure.
      await result.catch(() => undefined);
    },
  );
  return result ?? Promise.reject(cancelledError());
}
