import { ExplainError } from "../common/errors";
import { isSafePath } from "./safePath";

/** A model as a person names it. */
export interface ModelAddress {
  /** `owner/name`, or a name alone for the oldest ones. */
  readonly name: string;
  /** A branch, a tag or a commit; `null` for the usual one. */
  readonly revision: string | null;
  /** A file of it; `null` where none was named. */
  readonly file: string | null;
}

const part = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?";
const namePattern = new RegExp(`^${part}(?:/${part})?$`);
/** What follows the name in an address and is followed by a revision; then comes a file, or a folder. */
const pages = ["tree", "commit", "blob", "resolve", "raw"];
const usualHosts = ["huggingface.co", "www.huggingface.co", "hf.co"];

/** Whether a text is the name of a model as hubs have them. */
export function isModelName(text: string): boolean {
  return namePattern.test(text) && !/--|\.\./.test(text);
}

/** Whether a branch, tag or commit can be named in the cache and in an address. */
export function isRevision(text: string): boolean {
  return text.length <= 200 && isSafePath(text) && !/[\s?#%~^:*[\]]/.test(text);
}

/**
 * What a person means by a name, `owner/name@revision`, or the address of a model's page, of a folder or of a file of it, on `endpoint` or where most models are.
 * `null` for words that are no such thing: they may be searched for. Throws `hub-address` for addresses of other hosts and pages.
 */
export function readModelAddress(written: string, endpoint: string): ModelAddress | null {
  const text = written.trim();
  const isAddress = /^[a-z][a-z\d+.-]*:\/\//i.test(text);
  if (isAddress || /^(?:www\.)?(?:huggingface|hf)\.co\//i.test(text)) {
    return fromUrl(isAddress ? text : `https://${text}`, endpoint);
  }
  const [name = "", revision, ...more] = text.split("@");
  const isKnown = isModelName(name) && more.length === 0 && (revision === undefined || isRevision(revision));
  return isKnown ? { name, revision: revision ?? null, file: null } : null;
}

function fromUrl(text: string, endpoint: string): ModelAddress {
  const refused = (): ExplainError =>
    new ExplainError(
      "hub-address",
      "{0} is not the address of a model on {1}. Copy it from the model's page.",
      text,
      new URL(endpoint).host,
    );
  const address = URL.canParse(text) ? new URL(text) : undefined;
  const own = new URL(endpoint);
  if (!address || !(address.host === own.host || usualHosts.includes(address.host))) {
    throw refused();
  }
  const steps = stepsOf(address, own);
  const at = steps.findIndex((step, index) => index > 0 && pages.includes(step));
  const name = (at === -1 ? steps.slice(0, 2) : steps.slice(0, at)).join("/");
  if (!isModelName(name) || ["datasets", "spaces", "docs", "models", "api"].includes(name.split("/")[0] ?? "")) {
    throw refused();
  }
  const revision = at === -1 ? null : (steps[at + 1] ?? null);
  const file = at === -1 || steps[at] === "tree" ? null : steps.slice(at + 2).join("/") || null;
  if ((revision !== null && !isRevision(revision)) || (file !== null && !isSafePath(file))) {
    throw refused();
  }
  return { name, revision, file };
}

/** The steps of the path below the endpoint, decoded one by one: a revision may have slashes, written as %2F. */
function stepsOf(address: URL, own: URL): string[] {
  const below = address.host === own.host ? own.pathname.replace(/\/+$/, "") : "";
  const path = address.pathname.startsWith(`${below}/`) ? address.pathname.slice(below.length) : address.pathname;
  try {
    return path
      .split("/")
      .filter((step) => step !== "")
      .map(decodeURIComponent);
  } catch {
    return [];
  }
}
