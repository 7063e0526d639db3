import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ExplainError } from "../common/errors";
import { type HubEnvironment, hubCacheFolder, hubHome } from "../models/hubFolder";

/** What is sent: a GET of an address, whose redirects are not followed. */
export interface HubRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What comes back; the body is read once, piece by piece. */
export interface HubResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** Sends one request without following redirects. Rejects where the host cannot be reached. */
export type Send = (address: string, request: HubRequest) => Promise<HubResponse>;

/** How the hub is reached, and where what comes from it is kept. */
export interface HubAccess {
  /** The hub's address without a slash at its end, `https:`, or `http:` on this machine. */
  readonly endpoint: string;
  /** Sent to the endpoint's own host only. */
  readonly token: string | null;
  /** The folder of the cache that is shared with the hub's own tools. */
  readonly cache: string;
  /** Whether the person wants no request to be made. */
  readonly isOffline: boolean;
  /** Whether files are themselves where symbolic links could be made, as the hub's own tools do when told so. */
  readonly withoutLinks: boolean;
  /** A host that says nothing for so long is given up. */
  readonly silenceMilliseconds: number;
  readonly send: Send;
}

const usualEndpoint = "https://huggingface.co";
const usualSilence = 30_000;

/** What may be given beside the environment; `endpoint` and `token` come before it. */
export interface AccessParts {
  readonly send: Send;
  readonly endpoint?: string | undefined;
  readonly token?: string | undefined;
  /** Half a minute where it is not given. */
  readonly silenceMilliseconds?: number;
}

/** The way to the hub that the environment names, by the variables of the hub's own tools. Throws `hub-address` for an address that is not safe. */
export async function hubAccess(env: HubEnvironment, parts: AccessParts): Promise<HubAccess> {
  return {
    endpoint: readEndpoint(parts.endpoint || env.HF_ENDPOINT || usualEndpoint),
    token: parts.token || (await tokenOf(env)),
    cache: hubCacheFolder(env),
    isOffline: isOn(env.HF_HUB_OFFLINE) || isOn(env.TRANSFORMERS_OFFLINE),
    withoutLinks: isOn(env.HF_HUB_DISABLE_SYMLINKS),
    silenceMilliseconds: parts.silenceMilliseconds ?? usualSilence,
    send: parts.send,
  };
}

/** Whether an address is on this machine, where nobody else can listen. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function readEndpoint(written: string): string {
  const address = URL.canParse(written) ? new URL(written) : undefined;
  const isSafe = address?.protocol === "https:" || (address?.protocol === "http:" && isLoopback(address));
  if (!address || !isSafe || address.username !== "" || address.password !== "" || address.search !== "") {
    throw new ExplainError(
      "hub-address",
      "The address of the model hub, {0}, is not one to download from. Give one that begins with https://.",
      written,
    );
  }
  return `${address.origin}${address.pathname}`.replace(/\/+$/, "");
}

function isOn(value: string | undefined): boolean {
  return /^(?:1|on|yes|true)$/i.test(value ?? "");
}

/** The token where the hub's own tools find theirs. */
async function tokenOf(env: HubEnvironment): Promise<string | null> {
  const given = cleanToken(env.HF_TOKEN) ?? cleanToken(env.HUGGING_FACE_HUB_TOKEN);
  if (given !== null || isOn(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) {
    return given;
  }
  const file = env.HF_TOKEN_PATH || join(hubHome(env), "token");
  return cleanToken(await readFile(file, "utf8").catch(() => undefined));
}

/** A token as a header may carry it; `null` where there is none. */
export function cleanToken(written: string | undefined): string | null {
  const token = written?.trim() ?? "";
  return /^[\x21-\x7e]{1,1000}$/.test(token) ? token : null;
}
