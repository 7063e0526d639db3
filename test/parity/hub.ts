/** For `hub_cache.py`: a model hub on this machine. Reads lines {serve: {NAME: {files: {PATH: FOLDER_OR_TEXT}, branches}}} and {cutAfter}, answers each with the hub's address and the paths of files that were asked for since. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { HubServer } from "../support/hubServer";

/** What stands on a line. */
interface Order {
  readonly serve?: Readonly<
    Record<string, { readonly commit: string; readonly branches: string[]; readonly files: Record<string, string> }>
  >;
  /** The host of large files sends so many bytes and then is out of order; `null`: all is well. */
  readonly cutAfter?: number | null;
}

const server = await HubServer.start();
for await (const line of createInterface({ input: process.stdin })) {
  const { serve = {}, cutAfter }: Order = JSON.parse(line);
  for (const [name, { commit, branches, files }] of Object.entries(serve)) {
    const bytes = Object.entries(files).map(([path, place]) => [path, readFileSync(place)]);
    server.add(name, { commit, branches, files: Object.fromEntries(bytes), task: "text-classification" });
  }
  if (cutAfter !== undefined) {
    server.fault = ({ host, range }) =>
      host !== "large" || cutAfter === null ? undefined : range ? { status: 503 } : { cutAfter };
  }
  process.stdout.write(`${JSON.stringify({ endpoint: server.endpoint, files: server.files() })}\n`);
  server.asked.length = 0;
}
await server.close();
