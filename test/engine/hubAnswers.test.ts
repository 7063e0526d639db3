import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HubAccess, Send } from "../../src/hub/access";
import { downloadModel } from "../../src/hub/downloadModel";
import { describeOnHub, searchHub } from "../../src/hub/hubModel";
import type { Asked, Fault } from "../support/hubServer";
import { filesCalled, HubRig, lasting, refusal } from "./hubRig";

let rig: HubRig;
let name: string;

beforeEach(async () => {
  rig = await HubRig.start();
  name = rig.serve(filesCalled("config.json", "model.onnx"));
});

afterEach(() => rig.end());

const isFile = ({ host, path }: Asked) => host === "large" || path.includes("/resolve");

/** The ways to ask a hub, each with which of its requests go wrong in these tests. */
const asking = {
  search: { goesWrong: () => true, ask: (access: HubAccess) => searchHub(access, "small", lasting) },
  description: { goesWrong: () => true, ask: (access: HubAccess) => describeOnHub(access, name, null, lasting) },
  download: { goesWrong: isFile, ask: (access: HubAccess) => rig.download(access, name) },
} as const;
type Way = keyof typeof asking;

function wrong(way: Way, fault: Fault): void {
  rig.server.fault = (asked) => (asking[way].goesWrong(asked) ? fault : undefined);
}

describe("an answer that denies", () => {
  const absent =
    /^hub-denied: films\/small does not exist, or only some may download it\. .* access is asked for at http:\/\/127.*\/films\/small\.$/;
  it.each<[status: number, way: Way, token: string, said: RegExp]>([
    [401, "search", "", /^hub-denied: 127\.0\.0\.1:\d+ wants an access token\. Give one\.$/],
    [401, "search", "hf_old", /^hub-denied: 127\.0\.0\.1:\d+ does not accept the access token\. Make a new one/],
    [403, "search", "hf_old", /^hub-denied: 127\.0\.0\.1:\d+ does not accept the access token\. Make a new one/],
    [401, "description", "", absent],
    [403, "description", "", absent],
    [
      401,
      "description",
      "hf_old",
      /^hub-denied: 127.* does not accept the access token for films\/small\. Give another/,
    ],
    [
      403,
      "description",
      "hf_old",
      /^hub-denied: Your access token may not download films\/small\. Ask for access at http/,
    ],
    [401, "download", "", absent],
    [403, "download", "", absent],
    [401, "download", "hf_old", /^hub-denied: 127.* does not accept the access token for films\/small\. Give another/],
    [
      403,
      "download",
      "hf_old",
      /^hub-denied: Your access token may not download films\/small\. Ask for access at http/,
    ],
  ])("of %i to a %s with token %j is said in one sentence", async (status, way, token, said) => {
    wrong(way, { status });
    expect(await refusal(asking[way].ask(await rig.access({ HF_TOKEN: token })))).toMatch(said);
  });

  it("is what a model that is not there gets without a token, and another with one", async () => {
    expect(await refusal(describeOnHub(await rig.access(), "films/none", null, lasting))).toMatch(
      /^hub-denied: films\/none does not exist, or only some may download it/,
    );
    expect(
      await refusal(describeOnHub(await rig.access({ HF_TOKEN: "hf_good" }), "films/none", null, lasting)),
    ).toMatch(/^hub-missing: There is no model films\/none on 127/);
  });
});

/** A way to a host that says nothing until it is given up, but `beginning` where there is one. */
function silentAfter(beginning?: Uint8Array): Send {
  return async (_, { signal }) => {
    const given = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("given up")));
    });
    given.catch(() => undefined);
    async function* body(start: Uint8Array) {
      yield start;
      yield await given;
    }
    return beginning ? { status: 200, headers: new Headers(), body: body(beginning) } : await given;
  };
}

describe("a host that says nothing", () => {
  it.each<Way>(["search", "description"])("is given up by a %s", async (way) => {
    const access = await rig.access({}, { send: silentAfter(), silenceMilliseconds: 20 });
    expect(await refusal(asking[way].ask(access))).toMatch(
      /^hub-unreachable: 127\.0\.0\.1:\d+ has not answered for 1 seconds\. Try again: what came is kept\.$/,
    );
  });

  it("is given up by a download, and what came before is kept", async () => {
    const model = await describeOnHub(await rig.access(), name, null, lasting);
    const file = model.files.find(({ path }) => path === "model.onnx");
    const variant = { files: file ? [file] : [] };
    const begun = rig.server.models.get(name)?.files["model.onnx"]?.subarray(0, 100);
    const cut = await rig.access({}, { send: silentAfter(begun), silenceMilliseconds: 20 });
    const asked = { model, revision: null, variant, signal: lasting, report: () => undefined };
    expect(await refusal(downloadModel(cut, asked))).toMatch(/^hub-unreachable: .* has not answered for 1 seconds/);
    expect(await downloadModel(await rig.access(), asked)).toMatchObject({ fetched: (file?.bytes ?? 0) - 100 });
    expect(rig.server.asked.at(-1)?.range).toBe("bytes=100-");
  });
});

describe("a hub whose answers never end", () => {
  const noHub = /^hub-unreachable: 127.* does not answer as a model hub does/;

  it("is not asked for pages without files for ever", async () => {
    rig.server.pageSize = 1;
    const folder = { type: "directory", path: "folder", size: 0, oid: "" };
    const endless = rig.serve({}, { lie: () => Array.from({ length: 1000 }, () => folder) }, "films/endless");
    expect(await refusal(describeOnHub(await rig.access(), endless, null, lasting))).toMatch(noHub);
    expect(rig.server.asked.length).toBeLessThan(1000);
  });

  it("is not read where values lie in values without end, which take memory by the gigabyte", async () => {
    const answering = (depth: number): Send => {
      async function* body() {
        yield Buffer.from(`${"[".repeat(depth)}${"]".repeat(depth)}`);
      }
      return async () => ({ status: 200, headers: new Headers(), body: body() });
    };
    const search = async (depth: number) =>
      searchHub(await rig.access({}, { send: answering(depth) }), "small", lasting);
    // A list of no models.
    expect(await search(10)).toEqual([]);
    expect(await refusal(search(100_000))).toMatch(noHub);
  });
});

describe("a hub that cannot be reached", () => {
  it.each<Way>(["search", "description"])("is named by a %s", async (way) => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const address = closed.address();
    const port = typeof address === "object" ? address?.port : 0;
    await new Promise((resolve) => closed.close(resolve));
    const access = await rig.access({ HF_ENDPOINT: `http://127.0.0.1:${port}` });
    expect(await refusal(asking[way].ask(access))).toBe(
      `hub-unreachable: 127.0.0.1:${port} cannot be reached. Check the network connection and the proxy.`,
    );
  });
});
