import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A model of a {@link HubServer}; files whose names end as those of large ones are kept on the host of large files. */
export interface ServedModel {
  readonly commit: string;
  readonly files: Readonly<Record<string, Buffer>>;
  readonly branches?: readonly string[];
  readonly task?: string;
  readonly licence?: string;
  readonly downloads?: number;
  readonly tags?: readonly string[];
  /** The one token that may download it; anybody may where there is none. */
  readonly gatedFor?: string;
  readonly stored?: Readonly<Record<string, number>>;
  /** Changes what the list says of its files. */
  readonly lie?: (entries: TreeEntry[]) => unknown[];
}

/** A file in the list of a model's files. */
export interface TreeEntry {
  readonly type: "file" | "directory";
  readonly path: string;
  readonly size: number;
  readonly oid: string;
  readonly lfs?: { readonly oid: string; readonly size: number; readonly pointerSize: number };
}

/** What a server has been asked. */
export interface Asked {
  readonly host: "hub" | "large";
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** What goes wrong with one answer: another status, nothing at all, a cut after so many bytes, other bytes, a body that waits, ranges that are not heeded. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isSilent?: boolean;
  readonly cutAfter?: number;
  readonly changed?: boolean;
  readonly ignoresRange?: boolean;
  /** Sends so many bytes, and the rest once the promise resolves. */
  readonly pauseAfter?: number;
  readonly until?: Promise<void>;
}

const isLarge = (path: string) => /\.(?:onnx|onnx_data|safetensors|model|bin|spm)$/.test(path);

/** The id that git gives a file of these bytes. */
function gitHash(bytes: Buffer): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * A model hub: the list of a model's files in pages, its description, a search, and files by revision, with the headers that the hub's own tools read. Large files lie on another host (another
 * port), to which it redirects; small ones are redirected to on the same host.
 */
export class HubServer {
  readonly asked: Asked[] = [];
  readonly models = new Map<string, ServedModel>();
  /** Called for each request, on both hosts. */
  fault: (asked: Asked) => Fault | undefined = () => undefined;
  /** Files a page of the list holds. */
  pageSize = 3;
  readonly #hub: Server;
  readonly #large: Server;
  readonly #blobs = new Map<string, Buffer>();

  private constructor() {
    this.#hub = createServer((request, response) => this.#answer("hub", request, response));
    this.#large = createServer((request, response) => this.#answer("large", request, response));
  }

  static async start(): Promise<HubServer> {
    const server = new HubServer();
    for (const one of [server.#hub, server.#large]) {
      await new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve));
    }
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`;
  }

  get largeHost(): string {
    return `http://127.0.0.1:${(this.#large.address() as AddressInfo).port}`;
  }

  add(name: string, model: ServedModel): void {
    this.models.set(name, model);
    for (const bytes of Object.values(model.files)) {
      this.#blobs.set(sha256(bytes), bytes);
    }
  }

  /** The requests for files, by their paths. */
  files(): string[] {
    return this.asked
      .filter(({ host, path }) => host === "large" || path.includes("/resolve/"))
      .map(({ path }) => path);
  }

  async close(): Promise<void> {
    for (const one of [this.#hub, this.#large]) {
      one.closeAllConnections();
      await new Promise((resolve) => one.close(resolve));
    }
  }

  #answer(host: Asked["host"], request: IncomingMessage, response: ServerResponse): void {
    const { range, authorization } = request.headers;
    const asked = { host, path: request.url ?? "", range, authorization };
    this.asked.push(asked);
    const fault = this.fault(asked);
    if (fault?.isSilent) {
      return;
    }
    if (fault?.status !== undefined) {
      response.writeHead(fault.status, fault.headers).end("{}");
      return;
    }
    const address = new URL(asked.path, this.endpoint);
    if (host === "large") {
      const bytes = this.#blobs.get(address.pathname.slice(1));
      send(request, response, bytes, {}, fault);
    } else if (address.pathname.startsWith("/api/resolve-cache/")) {
      const [, , , , owner = "", name = "", commit = "", ...path] = address.pathname.split("/").map(decodeURIComponent);
      this.#small(`${owner}/${name}`, commit, path.join("/"), request, response, fault);
    } else if (address.pathname.startsWith("/api/models")) {
      this.#api(address, authorization, response);
    } else {
      this.#resolve(address, request, response);
    }
  }

  #api(address: URL, authorization: string | undefined, response: ServerResponse): void {
    if (address.pathname === "/api/models") {
      const words = address.searchParams.get("search")?.toLowerCase() ?? "";
      const found = [...this.models].filter(([name]) => name.toLowerCase().includes(words));
      const sorted = found.sort(([, one], [, other]) => (other.downloads ?? 0) - (one.downloads ?? 0));
      json(
        response,
        sorted.slice(0, Number(address.searchParams.get("limit") ?? 1000)).map(([name, model]) => info(name, model)),
      );
      return;
    }
    const [, , , owner = "", repository = "", kind = "", revision = ""] = address.pathname
      .split("/")
      .map(decodeURIComponent);
    const name = `${owner}/${repository}`;
    const model = this.models.get(name);
    if (!model) {
      response.writeHead(authorization ? 404 : 401, { "x-error-code": "RepoNotFound" }).end("{}");
    } else if (![model.commit, "main", ...(model.branches ?? [])].includes(revision)) {
      response.writeHead(404, { "x-error-code": "RevisionNotFound" }).end("{}");
    } else if (kind === "tree") {
      const entries = treeOf(model);
      const all = model.lie ? model.lie(entries) : entries;
      const start = Number(address.searchParams.get("cursor") ?? 0);
      address.searchParams.set("cursor", String(start + this.pageSize));
      const next = start + this.pageSize < all.length ? { link: `<${address.href}>; rel="next"` } : {};
      json(response, all.slice(start, start + this.pageSize), next);
    } else {
      json(response, info(name, model));
    }
  }

  #resolve(address: URL, request: IncomingMessage, response: ServerResponse): void {
    const steps = address.pathname.split("/").map(decodeURIComponent);
    const [, owner = "", repository = "", , revision = "", ...rest] = steps;
    const name = `${owner}/${repository}`;
    const path = rest.join("/");
    const model = this.models.get(name);
    const bytes = model?.files[path];
    if (!model || !bytes) {
      response.writeHead(404, { "x-error-code": model ? "EntryNotFound" : "RepoNotFound" }).end("{}");
      return;
    }
    if (model.gatedFor !== undefined && request.headers.authorization !== `Bearer ${model.gatedFor}`) {
      response.writeHead(request.headers.authorization ? 403 : 401, { "x-error-code": "GatedRepo" }).end("{}");
      return;
    }
    const common = { "x-repo-commit": model.commit };
    if (!isLarge(path)) {
      const location = `/api/resolve-cache/models/${name}/${revision}/${rest.map(encodeURIComponent).join("/")}`;
      response
        .writeHead(307, { ...common, location, "x-linked-size": bytes.length, "x-linked-etag": `"${gitHash(bytes)}"` })
        .end();
      return;
    }
    const hash = sha256(bytes);
    const linked = { "x-linked-etag": `"${hash}"`, "x-linked-size": bytes.length };
    response.writeHead(302, { ...common, ...linked, location: `${this.largeHost}/${hash}?Signature=once` }).end();
  }

  #small(
    name: string,
    commit: string,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault | undefined,
  ): void {
    const bytes = this.models.get(name)?.files[path];
    send(request, response, bytes, { etag: `"${bytes ? gitHash(bytes) : ""}"`, "x-repo-commit": commit }, fault);
  }
}

function treeOf({ files }: ServedModel): TreeEntry[] {
  const folders = new Set(
    Object.keys(files).flatMap((path) => (path.includes("/") ? [path.slice(0, path.lastIndexOf("/"))] : [])),
  );
  return [
    ...[...folders].map((path) => ({ type: "directory" as const, path, size: 0, oid: gitHash(Buffer.from(path)) })),
    ...Object.entries(files).map(([path, bytes]) => {
      const pointer = { oid: sha256(bytes), size: bytes.length, pointerSize: 132 };
      return {
        type: "file" as const,
        path,
        size: bytes.length,
        oid: gitHash(bytes),
        ...(isLarge(path) ? { lfs: pointer } : {}),
      };
    }),
  ];
}

function info(name: string, model: ServedModel): object {
  return {
    _id: name,
    id: name,
    sha: model.commit,
    private: false,
    gated: model.gatedFor === undefined ? false : "auto",
    downloads: model.downloads ?? 0,
    likes: 0,
    tags: [...(model.tags ?? []), ...(model.licence ? [`license:${model.licence}`] : [])],
    lastModified: "2026-01-01T00:00:00.000Z",
    ...(model.task ? { pipeline_tag: model.task } : {}),
    ...(model.licence ? { cardData: { license: model.licence } } : {}),
    ...(model.stored ? { safetensors: { parameters: model.stored, total: 0 } } : {}),
    siblings: Object.keys(model.files).map((rfilename) => ({ rfilename })),
  };
}

function json(response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

/** Sends a file, or the part of it that is asked for, as far as the fault lets it. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  all: Buffer | undefined,
  headers: Record<string, string>,
  fault: Fault | undefined,
): void {
  if (!all) {
    response.writeHead(404).end();
    return;
  }
  const start = fault?.ignoresRange ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (start > 0 && start >= all.length) {
    response.writeHead(416, { "content-range": `bytes */${all.length}` }).end();
    return;
  }
  const bytes = Buffer.from(all.subarray(start));
  if (fault?.changed) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  }
  const range = start > 0 ? { "content-range": `bytes ${start}-${all.length - 1}/${all.length}` } : {};
  response.writeHead(start > 0 ? 206 : 200, {
    ...headers,
    ...range,
    "accept-ranges": "bytes",
    "content-length": bytes.length,
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const { cutAfter, pauseAfter, until } = fault ?? {};
  if (cutAfter !== undefined) {
    response.write(bytes.subarray(0, cutAfter), () => response.destroy());
  } else if (pauseAfter !== undefined) {
    response.write(bytes.subarray(0, pauseAfter));
    until?.then(() => response.end(bytes.subarray(pauseAfter)));
  } else {
    response.end(bytes);
  }
}
