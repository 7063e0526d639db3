import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { searchHub } from "../../src/hub/hubModel";
import { ownCertificate } from "../support/certificate";
import { ForwardProxy } from "../support/forwardProxy";
import { type FrontPlace, HubFront } from "../support/hubFront";
import { commit, filesCalled, HubRig, lasting } from "./hubRig";

const certified = ownCertificate("hub.test");
const files = {
  ...filesCalled("config.json", "README.md", "tokenizer.json"),
  "model.onnx": Buffer.alloc(100_000, "weights "),
};

let rig: HubRig;
let proxy: ForwardProxy;
let name: string;
let authority: string;
const fronts: HubFront[] = [];

beforeEach(async () => {
  rig = await HubRig.start();
  proxy = await ForwardProxy.start();
  name = rig.serve(files);
  authority = join(rig.cache, "authority.pem");
  writeFileSync(authority, certified.certificate);
});

afterEach(async () => {
  await Promise.all(fronts.splice(0).map((front) => front.close()));
  await proxy.close();
  await rig.end();
});

async function mirror(place: FrontPlace): Promise<HubFront> {
  const front = await HubFront.start(rig.server, place);
  fronts.push(front);
  return front;
}

const download = (env: NodeJS.ProcessEnv) => rig.cli(["models", "download", name, "--yes"], env);
const brought = () => ({ status: 0, err: "", out: `${rig.in(name, "snapshots", commit)}\n` });
const isThere = () => expect(rig.read(name, "model.onnx").equals(files["model.onnx"])).toBe(true);

describe("a mirror below a path", () => {
  it("is asked for everything, in pages, and for nothing beside the path", async () => {
    const front = await mirror({ path: "/artifacts/api/models" });
    const access = await rig.access({ HF_ENDPOINT: `${front.endpoint}/` });
    expect(access.endpoint).toBe(front.endpoint);
    await rig.download(access, name);
    isThere();
    const [found] = await searchHub(access, "small", lasting);
    expect(found?.name).toBe(name);
    const places = front.asked.map(
      (path) => /^\/artifacts\/api\/models\/(?:api\/models|api\/resolve-cache|films)|^\/large\/|.*/.exec(path)?.[0],
    );
    expect([...new Set(places)].sort()).toEqual([
      "/artifacts/api/models/api/models",
      "/artifacts/api/models/api/resolve-cache",
      "/artifacts/api/models/films",
      "/large/",
    ]);
    expect(front.asked.filter((path) => path.includes("/tree/")).length).toBeGreaterThan(1);
  });

  it("may be the address that is pasted", async () => {
    const front = await mirror({ path: "/mirror" });
    const address = `${front.endpoint}/films/small/blob/main/model.onnx`;
    expect(await rig.cli(["models", "download", address, "--yes"], { HF_ENDPOINT: front.endpoint })).toEqual(brought());
  });
});

describe("an authority of one's own", () => {
  it("is believed where NODE_EXTRA_CA_CERTS names it, and its absence is said", async () => {
    const front = await mirror({ path: "/mirror", secure: { ...certified, host: "hub.test" } });
    proxy.hosts.set("hub.test:443", front.port);
    const env = { HF_ENDPOINT: front.endpoint, HTTPS_PROXY: `http://${proxy.host}` };
    const refused = await download(env);
    expect(refused).toMatchObject({ status: 1, out: "" });
    expect(refused.err).toBe(
      "error: hub-unreachable: The certificate of hub.test is not trusted here (DEPTH_ZERO_SELF_SIGNED_CERT). If it is of your organisation, name the file of its authority in NODE_EXTRA_CA_CERTS.\n",
    );
    expect(await download({ ...env, NODE_EXTRA_CA_CERTS: authority })).toEqual(brought());
    isThere();
    // Nothing went another way.
    expect(new Set(proxy.asked.map(({ host }) => host))).toEqual(new Set(["hub.test:443"]));
  });

  it("vouches for no other host", async () => {
    const front = await mirror({ path: "", secure: { ...certified, host: "other.test" } });
    proxy.hosts.set("other.test:443", front.port);
    const env = { HF_ENDPOINT: front.endpoint, HTTPS_PROXY: `http://${proxy.host}`, NODE_EXTRA_CA_CERTS: authority };
    expect((await download(env)).err).toMatch(
      /^error: hub-unreachable: The certificate of other\.test is not trusted here \(ERR_TLS_CERT_ALTNAME_INVALID\)\./,
    );
    expect(front.asked).toEqual([]);
  });
});

describe("a proxy", () => {
  it.each(["HTTP_PROXY", "http_proxy"])(
    "that %s names is asked for the hub and for the host of large files",
    async (variable) => {
      expect(await download({ [variable]: `http://${proxy.host}` })).toEqual(brought());
      isThere();
      const hosts = [rig.endpoint, rig.server.largeHost].map((address) => new URL(address).host);
      expect(new Set(proxy.asked.map(({ host }) => host))).toEqual(new Set(hosts));
    },
  );

  it("is not asked for hosts that NO_PROXY names, nor for those of the other protocol", async () => {
    const way = `http://${proxy.host}`;
    expect(await download({ HTTP_PROXY: way, NO_PROXY: "example.org,127.0.0.1" })).toEqual(brought());
    expect(await download({ HTTPS_PROXY: way })).toEqual(brought());
    expect(proxy.asked).toEqual([]);
  });

  it("that wants a name and a password gets those of its address", async () => {
    proxy.onlyFor = "anna:s p";
    const refused = await download({ HTTP_PROXY: `http://anna:other@${proxy.host}` });
    expect(refused.err).toMatch(
      /^error: hub-unreachable: 127\.0\.0\.1:\d+ cannot be reached\. Check the network connection and the proxy\.\n$/,
    );
    expect(await download({ HTTP_PROXY: `http://anna:s%20p@${proxy.host}` })).toEqual(brought());
  });

  it("that is not there is said, and nothing goes around it", async () => {
    const { host } = proxy;
    await proxy.close();
    expect((await download({ HTTP_PROXY: `http://${host}` })).err).toMatch(
      /^error: hub-unreachable: .* cannot be reached\. Check the network connection and the proxy\.\n$/,
    );
    expect(rig.server.asked).toEqual([]);
    proxy = await ForwardProxy.start();
  });
});
