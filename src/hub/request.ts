import { onAbort } from "../common/abort";
import { cancelledError, ExplainError, throwIfCancelled } from "../common/errors";
import { type HubAccess, type HubResponse, isLoopback } from "./access";
import { lost, noHub, silent } from "./refusals";

const mostRedirects = 6;
const redirects = [301, 302, 303, 307, 308];

/** An answer whose body is being read; {@link end} is to be called when it is wanted no more. */
export interface OpenResponse {
  readonly status: number;
  readonly headers: HubResponse["headers"];
  /** The body, piece by piece. Throws `hub-unreachable` where it breaks off or nothing comes for too long, `cancelled`. */
  readonly pieces: () => AsyncGenerator<Uint8Array>;
  readonly end: () => void;
}

/**
 * Gets an address of the hub and follows where it leads. The token goes to the hub's own host alone; nothing is sent or read in the clear but on this machine. Throws
 * `hub-unreachable` and `cancelled`; any status comes back.
 */
export async function get(
  access: HubAccess,
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<OpenResponse> {
  throwIfCancelled(signal);
  const watch = new SilenceWatch(access.silenceMilliseconds, signal);
  try {
    return opened(await followed(access, address, headers, watch), watch);
  } catch (error) {
    watch.end();
    throw error;
  }
}

async function followed(
  access: HubAccess,
  first: string,
  headers: Readonly<Record<string, string>>,
  watch: SilenceWatch,
): Promise<Answer> {
  const own = new URL(access.endpoint);
  let address = new URL(first);
  for (let count = 0; count <= mostRedirects; count++) {
    if (address.protocol !== "https:" && !(address.protocol === "http:" && isLoopback(address) && isLoopback(own))) {
      throw noHub(access);
    }
    const token =
      address.origin === own.origin && access.token !== null ? { authorization: `Bearer ${access.token}` } : {};
    const { host } = address;
    const sent = access.send(address.href, { headers: { ...headers, ...token }, signal: watch.signal });
    const response = await watch.during(host, sent);
    const next = redirects.includes(response.status) ? response.headers.get("location") : null;
    if (next === null) {
      return { response, host };
    }
    await response.body?.[Symbol.asyncIterator]().return?.();
    if (!URL.canParse(next, address.href)) {
      throw noHub(access);
    }
    address = new URL(next, address.href);
  }
  throw noHub(access);
}

interface Answer {
  readonly response: HubResponse;
  /** Who gave it at last. */
  readonly host: string;
}

function opened({ response, host }: Answer, watch: SilenceWatch): OpenResponse {
  const { status, headers, body } = response;
  return {
    status,
    headers,
    end: () => watch.end(),
    async *pieces() {
      const iterator = body?.[Symbol.asyncIterator]();
      while (iterator) {
        const { done, value } = await watch.during(host, iterator.next());
        if (done) {
          return;
        }
        yield value;
      }
    },
  };
}

/** Ends a request when its host has been silent for too long, or the person has cancelled it. */
class SilenceWatch {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  readonly #hearNoMore: () => void;
  readonly #cancelled: AbortSignal;
  #isSilent = false;

  constructor(milliseconds: number, cancelled: AbortSignal) {
    this.#milliseconds = milliseconds;
    this.#cancelled = cancelled;
    this.#hearNoMore = onAbort(cancelled, () => this.#controller.abort());
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for an answer, but not for ever; says in one sentence what went wrong. */
  async during<T>(host: string, answer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.#isSilent = true;
      this.#controller.abort();
    }, this.#milliseconds);
    try {
      return await answer;
    } catch (error) {
      if (this.#cancelled.aborted) {
        throw cancelledError();
      }
      if (error instanceof ExplainError) {
        throw error;
      }
      throw this.#isSilent ? silent(host, this.#milliseconds) : lost(host, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets go of the connection. */
  end(): void {
    this.#hearNoMore();
    this.#controller.abort();
  }
}
