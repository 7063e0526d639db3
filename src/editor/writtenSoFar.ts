import { type Explained, share } from "./explained";
import { openDocument } from "./openDocuments";

/** Whether there is a whole explanation of the same text to go back to. */
export function hasWholeBefore(all: readonly Explained[], explained: Explained): boolean {
  return all.some((one) => one.id < explained.id && !one.run && one.explanation !== null && share(one, explained));
}

/** What asks for a text to be explained with as much of its continuation as a run has written by now; `null` where it has written nothing, or all of it. The same tokens come again. */
export function writtenSoFar({ uri, tracked, read, second, request, progress }: Explained) {
  const generate = progress?.written ? progress.done : 0;
  const document = openDocument(uri);
  if (!document || generate === 0 || generate >= request.generate) {
    return null;
  }
  const { pair, task, zeroShot } = request;
  const { start, end } = tracked;
  return { document, asked: { start, end, read, second, options: { pair, task, zeroShot, generate } } };
}
