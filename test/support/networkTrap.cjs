/**
 * Preloaded into a program and all that it starts (`NODE_OPTIONS`): whatever would speak with a network throws, and what was tried is written into the file that `NETWORK_TRAP` names, a line each, after a line for every
 * process and thread in which the trap is set.
 */
const { appendFileSync } = require("node:fs");
const { basename } = require("node:path");
const { syncBuiltinESMExports } = require("node:module");
const dgram = require("node:dgram");
const dns = require("node:dns");
const http = require("node:http");
const http2 = require("node:http2");
const https = require("node:https");
const net = require("node:net");
const tls = require("node:tls");
const { isMainThread } = require("node:worker_threads");

const file = process.env.NETWORK_TRAP;

function write(words) {
  appendFileSync(file, `${words}\n`);
}

function trap(owner, name, label) {
  owner[name] = (...args) => {
    const where = args.map((arg) =>
      typeof arg === "object" ? (arg?.host ?? arg?.hostname ?? arg?.href ?? "") : typeof arg === "function" ? "" : arg,
    );
    write(`tried ${label} ${where.filter((word) => word !== "").join(" ")}`);
    throw new Error(`The network was tried: ${label}.`);
  };
}

trap(net.Socket.prototype, "connect", "net.Socket.connect");
trap(tls, "connect", "tls.connect");
trap(http2, "connect", "http2.connect");
for (const [owner, label] of [
  [http, "http"],
  [https, "https"],
]) {
  trap(owner, "request", `${label}.request`);
  trap(owner, "get", `${label}.get`);
}
for (const [owner, label] of [
  [dns, "dns"],
  [dns.promises, "dns.promises"],
  [dns.Resolver.prototype, "dns.Resolver"],
  [dns.promises.Resolver.prototype, "dns.promises.Resolver"],
]) {
  const names = Object.getOwnPropertyNames(owner).filter((name) => /^(?:lookup|resolve|reverse)/.test(name));
  for (const name of names) {
    trap(owner, name, `${label}.${name}`);
  }
}
for (const name of ["send", "connect", "bind"]) {
  trap(dgram.Socket.prototype, name, `dgram.${name}`);
}
for (const name of ["fetch", "WebSocket", "EventSource"]) {
  if (name in globalThis) {
    const holder = {};
    trap(holder, name, name);
    Object.defineProperty(globalThis, name, { value: holder[name], configurable: true, writable: true });
  }
}
// What was imported by its name from one of them is trapped too.
syncBuiltinESMExports();
write(isMainThread ? `set in ${basename(process.argv[1] ?? "")}` : "set in a thread");
