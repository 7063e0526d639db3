import { ExplainError } from "../common/errors";
import type { HubAccess, HubResponse } from "./access";
import { systemCode } from "./systemCode";

/** What was asked for, as sentences name it. */
export interface Asked {
  /** The model; `null` for a search. */
  readonly name: string | null;
  /** The file of it, where one was asked for. */
  readonly file?: string;
  readonly revision?: string;
}

/** What the system calls certificates that it does not believe. */
const untrusted = /^(?:CERT_\w+|UNABLE_TO_\w+|\w*SELF_SIGNED_CERT\w*|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** Longest wait that a person is told in seconds. */
const longestWait = 86_400;

/** What a status that is no success means, in one sentence. */
export function refusalOf({ status, headers }: HubResponse, access: HubAccess, asked: Asked): ExplainError {
  const host = hostOf(access);
  if (status === 401 || status === 403) {
    return denied(status, access, asked);
  }
  if (status === 404 || status === 410) {
    return missing(headers.get("x-error-code"), host, asked);
  }
  if (status === 429) {
    const seconds = Number(headers.get("retry-after") ?? "");
    return seconds > 0 && seconds <= longestWait
      ? new ExplainError(
          "hub-unreachable",
          "{0} takes no more requests for now. Try again in {1} seconds.",
          host,
          seconds,
        )
      : new ExplainError("hub-unreachable", "{0} takes no more requests for now. Try again later.", host);
  }
  if (status >= 500) {
    return new ExplainError(
      "hub-unreachable",
      "{0} is out of order for now (status {1}). Try again later.",
      host,
      status,
    );
  }
  return noHub(access);
}

/** The address of a model's page, where access is asked for. */
export function pageOf(access: Pick<HubAccess, "endpoint">, name: string): string {
  return `${access.endpoint}/${name}`;
}

/** The hub's host, as sentences name it. */
export function hostOf({ endpoint }: Pick<HubAccess, "endpoint">): string {
  return new URL(endpoint).host;
}

function denied(status: number, access: HubAccess, { name }: Asked): ExplainError {
  const host = hostOf(access);
  if (name === null) {
    return access.token === null
      ? new ExplainError("hub-denied", "{0} wants an access token. Give one.", host)
      : new ExplainError(
          "hub-denied",
          "{0} does not accept the access token. Make a new one on its page of settings.",
          host,
        );
  }
  const page = pageOf(access, name);
  if (access.token === null) {
    return new ExplainError(
      "hub-denied",
      "{0} does not exist, or only some may download it. If you may, give an access token; access is asked for at {1}.",
      name,
      page,
    );
  }
  return status === 401
    ? new ExplainError(
        "hub-denied",
        "{0} does not accept the access token for {1}. Give another; the model is at {2}.",
        host,
        name,
        page,
      )
    : new ExplainError("hub-denied", "Your access token may not download {0}. Ask for access at {1}.", name, page);
}

function missing(code: string | null, host: string, { name, file, revision }: Asked): ExplainError {
  if (code === "RevisionNotFound" && revision !== undefined) {
    return new ExplainError(
      "hub-missing",
      "{0} has no revision {1}. Choose another branch, tag or commit.",
      name ?? host,
      revision,
    );
  }
  return file === undefined
    ? new ExplainError("hub-missing", "There is no model {0} on {1}. Check its name.", name ?? "", host)
    : new ExplainError("hub-missing", "{0} has no file {1}. Choose another file.", name ?? "", file);
}

/** The sentence for an answer that no hub gives. */
export function noHub(access: Pick<HubAccess, "endpoint">): ExplainError {
  return new ExplainError(
    "hub-unreachable",
    "{0} does not answer as a model hub does. Check the address of the hub, and whether a proxy asks you to sign in.",
    hostOf(access),
  );
}

/** The sentence for a host that cannot be reached. */
export function unreachable(host: string): ExplainError {
  return new ExplainError(
    "hub-unreachable",
    "{0} cannot be reached. Check the network connection and the proxy.",
    host,
  );
}

/** The sentence for a request that `thrown` ended: a host that cannot be reached, or whose certificate nobody here vouches for. */
export function lost(host: string, thrown: unknown): ExplainError {
  const code = systemCode(thrown) || systemCode(thrown instanceof Error ? thrown.cause : undefined);
  return untrusted.test(code)
    ? new ExplainError(
        "hub-unreachable",
        "The certificate of {0} is not trusted here ({1}). If it is of your organisation, name the file of its authority in NODE_EXTRA_CA_CERTS.",
        host,
        code,
      )
    : unreachable(host);
}

/** The sentence for a host that has gone silent. */
export function silent(host: string, milliseconds: number): ExplainError {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  return new ExplainError(
    "hub-unreachable",
    "{0} has not answered for {1} seconds. Try again: what came is kept.",
    host,
    seconds,
  );
}
