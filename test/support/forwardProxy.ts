import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** A proxy as companies have one: it forwards requests and opens tunnels, and may want to know who asks. */
export class ForwardProxy {
  /** The hosts that were asked for, each with what was said of who asks. */
  readonly asked: { readonly host: string; readonly authorization: string | undefined }[] = [];
  /** Ports of this machine that stand for hosts elsewhere, such as `hub.test:443`. */
  readonly hosts = new Map<string, number>();
  /** Who may ask, as `user:password`; anybody where it is `null`. */
  onlyFor: string | null = null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((asked, response) => this.#forward(asked, response));
    this.#server.on("connect", (asked, socket) => this.#tunnel(asked, socket as Socket));
  }

  static async start(): Promise<ForwardProxy> {
    const proxy = new ForwardProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #isWelcome(host: string, { headers }: IncomingMessage): boolean {
    const authorization = headers["proxy-authorization"];
    this.asked.push({ host, authorization });
    return this.onlyFor === null || authorization === `Basic ${Buffer.from(this.onlyFor).toString("base64")}`;
  }

  #forward(asked: IncomingMessage, response: ServerResponse): void {
    const address = new URL(asked.url ?? "");
    if (!this.#isWelcome(address.host, asked)) {
      response.writeHead(407, { "proxy-authenticate": "Basic" }).end();
      return;
    }
    const behind = request(address, { headers: asked.headers, method: asked.method }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    behind.on("error", () => response.destroy());
    asked.pipe(behind);
  }

  #tunnel(asked: IncomingMessage, socket: Socket): void {
    const host = asked.url ?? "";
    this.#keep(socket);
    if (!this.#isWelcome(host, asked)) {
      socket.end(
        "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n",
      );
      return;
    }
    const behind = connect(this.hosts.get(host) ?? Number(/:(\d+)$/.exec(host)?.[1]), "127.0.0.1");
    this.#keep(behind);
    behind.on("connect", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      behind.pipe(socket).pipe(behind);
    });
    behind.on("close", () => socket.destroy());
    socket.on("close", () => behind.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
