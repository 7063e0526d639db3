import type { Send } from "./access";

/** Requests by the global `fetch`, which in the editor goes through the proxy and trusts the certificates of its settings. */
export const fetchSend: Send = async (address, { headers, signal }) => {
  const {
    status,
    headers: given,
    body,
  } = await fetch(address, { headers: { ...headers }, signal, redirect: "manual" });
  return { status, headers: given, body };
};
