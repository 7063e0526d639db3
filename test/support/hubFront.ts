import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { OwnCertificate } from "./certificate";
import type { HubServer } from "./hubServer";

/** Where a front is found from outside. */
export interface FrontPlace {
  /** What comes before the hub's own paths, such as `/mirror`. */
  readonly path: string;
  /** With one it speaks https, by this name, whatever its port. */
  readonly secure?: OwnCertificate & { readonly host: string };
}

/** A mirror before a {@link HubServer}: the hub below a path, large files below another, in the clear or not. All that leads somewhere leads to the mirror. */
export class HubFront {
  /** The paths that were asked for. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #hub: HubServer;
  readonly #place: FrontPlace;

  private constructor(hub: HubServer, place: FrontPlace) {
    this.#hub = hub;
    this.#place = place;
    const answer = (asked: IncomingMessage, response: ServerResponse) => this.#answer(asked, response);
    const { secure } = place;
    this.#server = secure
      ? createSecureServer({ cert: secure.certificate, key: secure.key }, answer)
      : createServer(answer);
  }

  static async start(hub: HubServer, place: FrontPlace): Promise<HubFront> {
    const front = new HubFront(hub, place);
    await new Promise<void>((resolve) => front.#server.listen(0, "127.0.0.1", resolve));
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get endpoint(): string {
    return `${this.#origin}${this.#place.path}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #origin(): string {
    const { secure } = this.#place;
    return secure ? `https://${secure.host}` : `http://127.0.0.1:${this.port}`;
  }

  #answer(asked: IncomingMessage, response: ServerResponse): void {
    const path = asked.url ?? "";
    this.asked.push(path);
    const below = [`${this.#place.path}/`, "/large/"].find((start) => path.startsWith(start));
    if (below === undefined) {
      response.writeHead(404).end();
      return;
    }
    const host = below === "/large/" ? this.#hub.largeHost : this.#hub.endpoint;
    const { host: _, ...headers } = asked.headers;
    const behind = request(`${host}${path.slice(below.length - 1)}`, { headers, method: asked.method });
    behind.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 500, this.#led(answer.headers));
      answer.pipe(response);
    });
    behind.on("error", () => response.destroy());
    asked.pipe(behind);
  }

  /** The headers of the hub, leading here. */
  #led(headers: IncomingMessage["headers"]): IncomingMessage["headers"] {
    const { location, link } = headers;
    const here = (text: string) =>
      text.replaceAll(this.#hub.endpoint, this.endpoint).replace(this.#hub.largeHost, `${this.#origin}/large`);
    return {
      ...headers,
      ...(location ? { location: location.startsWith("/") ? `${this.#place.path}${location}` : here(location) } : {}),
      ...(typeof link === "string" ? { link: here(link) } : {}),
    };
  }
}
