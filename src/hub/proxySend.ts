import { EnvHttpProxyAgent, fetch } from "undici";
import type { Send } from "./access";

/** Requests that go through the proxy of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, as programs on a terminal are expected to. */
export function proxySend(): Send {
  const dispatcher = new EnvHttpProxyAgent();
  return async (address, { headers, signal }) => {
    const response = await fetch(address, { headers: { ...headers }, signal, redirect: "manual", dispatcher });
    return { status: response.status, headers: response.headers, body: response.body };
  };
}
