import { createWriteStream, mkdirSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { openPromise } from "yauzl";
import { packagedExtension } from "./workbench";

/** Unpacks the packaged extension of this machine's kind into a folder; gives the names of what is in it. */
export async function unpackExtension(folder: string): Promise<string[]> {
  const names: string[] = [];
  const archive = await openPromise(packagedExtension());
  for await (const entry of archive.eachEntry()) {
    names.push(entry.fileName);
    const place = path.join(folder, entry.fileName);
    mkdirSync(path.dirname(place), { recursive: true });
    await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(place));
  }
  return names;
}
