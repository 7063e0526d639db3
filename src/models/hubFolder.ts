import { homedir } from "node:os";
import { join } from "node:path";

/** What the environment says of the model hub: `process.env`, or a part of it. */
export type HubEnvironment = Readonly<Record<string, string | undefined>>;

/** The folder of what the model hub's own tools keep beside their cache, such as the token: `HF_HOME`, by default `~/.cache/huggingface`. */
export function hubHome(env: HubEnvironment): string {
  return env.HF_HOME ? inHome(env.HF_HOME) : join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "huggingface");
}

/** The folder of the cache that the model hub's own tools share: `HF_HUB_CACHE`, by default `hub` in {@link hubHome}. */
export function hubCacheFolder(env: HubEnvironment): string {
  const named = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE;
  return named ? inHome(named) : join(hubHome(env), "hub");
}

function inHome(path: string): string {
  return /^~(?=[\\/]|$)/.test(path) ? join(homedir(), path.slice(1)) : path;
}
