import { type ListFileEntry, listFiles, listModels, modelInfo } from "@huggingface/hub";
import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import type { HubAccess } from "./access";
import { isModelName } from "./modelAddress";
import { type Asked, hostOf, noHub, refusalOf } from "./refusals";
import { get } from "./request";

/** A file of a model on a hub. Its path is a stranger's and not checked yet. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  /** What its bytes hash to, lower-case hex: what the cache knows it by. */
  readonly hash: string;
  /** `sha256` of large files, or what git names a small one by. */
  readonly algorithm: "sha256" | "git";
}

/** A model as a hub describes it at one commit. */
export interface HubModel {
  readonly name: string;
  readonly commit: string;
  readonly task: string | null;
  readonly licence: string | null;
  readonly downloads: number;
  /** Whether its owner lets only those in who ask. */
  readonly isGated: boolean;
  /** How the numbers in its safetensors files are stored, such as `F32`; `null` where it is not said. */
  readonly stored: string | null;
  readonly files: readonly HubFile[];
}

/** A model that a search has found. */
export interface FoundOnHub {
  readonly name: string;
  readonly task: string | null;
  readonly downloads: number;
  readonly isGated: boolean;
  /** Whether it says that it has ONNX files. */
  readonly hasOnnx: boolean;
}

/** A page of a list has well under one. */
const mostAnswerBytes = 8 * 2 ** 20;
/** Values within values take far more memory than their text. */
const deepest = 1000;
/** Pages of {@link mostFiles} hold at least 100 each. */
const mostAnswers = 200;
const mostFiles = 20_000;
const mostFound = 30;
/** The largest file that a hub takes is far smaller. */
const mostFileBytes = 2 ** 42;

/** The models whose names have these words, those that are downloaded most first. Throws `hub-unreachable`, `hub-denied`, `cancelled`. */
export async function searchHub(access: HubAccess, words: string, signal: AbortSignal): Promise<FoundOnHub[]> {
  const asked = { name: null };
  return speaking(access, async () => {
    const found: FoundOnHub[] = [];
    const search = { query: words.slice(0, 200) };
    const fetch = fetching(access, asked, signal);
    const answers = listModels({
      search,
      sort: "downloads",
      limit: mostFound,
      additionalFields: ["tags"],
      hubUrl: access.endpoint,
      fetch,
    });
    for await (const { name, task, downloads, gated, tags } of answers) {
      found.push({
        name: cleanName(text(name) ?? ""),
        task: word(task),
        downloads: count(downloads),
        isGated: isGated(gated),
        hasOnnx: Array.isArray(tags) && tags.includes("onnx"),
      });
    }
    return found.filter(({ name }) => isModelName(name)).slice(0, mostFound);
  });
}

/** What a hub says of a model at a revision (`null`: the usual one), with all its files. Throws `hub-missing`, `hub-denied`, `hub-unreachable`, `cancelled`. */
export async function describeOnHub(
  access: HubAccess,
  name: string,
  revision: string | null,
  signal: AbortSignal,
): Promise<HubModel> {
  const asked: Asked = { name, revision: revision ?? "main" };
  const common = { hubUrl: access.endpoint, fetch: fetching(access, asked, signal) };
  return speaking(access, async () => {
    const info = await modelInfo({
      ...common,
      name,
      revision: revision ?? "main",
      additionalFields: ["sha", "cardData", "tags", "safetensors"],
    });
    const commit = text(info.sha) ?? "";
    if (!/^[0-9a-f]{40}$/.test(commit)) {
      throw noHub(access);
    }
    const files: HubFile[] = [];
    for await (const entry of listFiles({
      ...common,
      repo: { type: "model", name },
      recursive: true,
      revision: commit,
    })) {
      const file = entry.type === "file" ? fileOf(entry) : null;
      files.push(...(file ? [file] : []));
      if (files.length > mostFiles) {
        throw new ExplainError("hub-missing", "{0} has more files than any model needs. Choose another.", name);
      }
    }
    return {
      name,
      commit,
      task: word(info.task),
      licence: word(info.cardData?.license) ?? licenceTag(info.tags),
      downloads: count(info.downloads),
      isGated: isGated(info.gated),
      stored: mostStored(info.safetensors?.parameters),
      files,
    };
  });
}

/** Runs what speaks with a hub through the library; answers that no hub gives make it stumble anywhere. */
async function speaking<T>(access: HubAccess, talk: () => Promise<T>): Promise<T> {
  if (access.isOffline) {
    throw new ExplainError(
      "hub-unreachable",
      "{0} was not asked, since HF_HUB_OFFLINE is set. Unset it to download models.",
      hostOf(access),
    );
  }
  try {
    return await talk();
  } catch (error) {
    throw error instanceof ExplainError ? error : noHub(access);
  }
}

/** What the library is to fetch with: our own requests, with limits of size and number, since a list may go on for ever; refusals as sentences. */
function fetching(access: HubAccess, asked: Asked, signal: AbortSignal): typeof fetch {
  let answers = 0;
  return async (input) => {
    answers += 1;
    if (answers > mostAnswers) {
      throw noHub(access);
    }
    const address = typeof input === "string" ? input : "href" in input ? input.href : input.url;
    const response = await get(access, address, { accept: "application/json" }, signal);
    try {
      const { status, headers } = response;
      if (status !== 200) {
        throw refusalOf({ status, headers, body: null }, access, asked);
      }
      const link = headers.get("link");
      return new Response(await textOf(response.pieces(), access), { headers: link === null ? {} : { link } });
    } finally {
      response.end();
    }
  };
}

async function textOf(pieces: AsyncIterable<Uint8Array>, access: HubAccess): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > mostAnswerBytes) {
      throw noHub(access);
    }
    parts.push(piece);
  }
  const answer = Buffer.concat(parts);
  if (isDeep(answer)) {
    throw noHub(access);
  }
  return answer.toString("utf8");
}

/** Whether brackets of a JSON text open deeper than any hub's; those in strings count too. */
function isDeep(json: Uint8Array): boolean {
  let depth = 0;
  for (const byte of json) {
    // `[` and `{`, `]` and `}`.
    depth += byte === 0x5b || byte === 0x7b ? 1 : byte === 0x5d || byte === 0x7d ? -1 : 0;
    if (depth > deepest) {
      return true;
    }
  }
  return false;
}

/** A file of the hub's list; `null` where it has no hash to check it by. */
function fileOf({ path, size, oid, lfs }: ListFileEntry): HubFile | null {
  const bytes = lfs ? lfs.size : size;
  const isSize = Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= mostFileBytes;
  const hash = text(lfs ? lfs.oid : oid) ?? "";
  const isHash = lfs ? /^[0-9a-f]{64}$/.test(hash) : /^[0-9a-f]{40}$/.test(hash);
  return typeof path === "string" && isSize && isHash ? { path, bytes, hash, algorithm: lfs ? "sha256" : "git" } : null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function word(value: unknown): string | null {
  const known = text(Array.isArray(value) ? value[0] : value);
  return known === null ? null : cleanName(known);
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

function isGated(value: unknown): boolean {
  return value !== false && value !== undefined && value !== null;
}

function licenceTag(tags: unknown): string | null {
  const all: readonly unknown[] = Array.isArray(tags) ? tags : [];
  return word(all.flatMap((tag) => (typeof tag === "string" && tag.startsWith("license:") ? tag.slice(8) : []))[0]);
}

/** The type of most of its numbers. */
function mostStored(parameters: unknown): string | null {
  const counts = typeof parameters === "object" && parameters !== null ? Object.entries(parameters) : [];
  const [most] = counts.sort(([, one], [, other]) => count(other) - count(one));
  return most ? word(most[0]) : null;
}
