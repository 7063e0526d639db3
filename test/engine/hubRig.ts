import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExplainError } from "../../src/common/errors";
import { type AccessParts, type HubAccess, hubAccess } from "../../src/hub/access";
import { downloadModel, type ModelDownload } from "../../src/hub/downloadModel";
import { describeOnHub } from "../../src/hub/hubModel";
import { proxySend } from "../../src/hub/proxySend";
import { chosenVariant, variantsOf } from "../../src/hub/variants";
import { HubServer, type ServedModel } from "../support/hubServer";
import { programs } from "./bundles";
import { type Outcome, start } from "./commandLine";

/** The commit that models of these tests are at. */
export const commit = "0123456789abcdef0123456789abcdef01234567";

/** The files of a model whose bytes mean nothing, named by their paths: what is downloaded is not opened. */
export function filesCalled(...paths: readonly string[]): Record<string, Buffer> {
  return Object.fromEntries(paths.map((path) => [path, Buffer.from(`what is in ${path}\n`.repeat(20))]));
}

/** Never cancelled. */
export const lasting = new AbortController().signal;

/** What may be asked for of a model beside its name. */
export interface Wanted {
  readonly revision?: string | null;
  readonly file?: string | null;
  readonly precision?: string | null;
}

/** A hub of a test's own with an empty cache, and the ways to ask it: in this process, and by the command line. */
export class HubRig {
  /** The hub's address, also when nobody hears there any more. */
  readonly endpoint: string;

  private constructor(
    readonly server: HubServer,
    readonly cache: string,
  ) {
    this.endpoint = server.endpoint;
  }

  static async start(): Promise<HubRig> {
    return new HubRig(await HubServer.start(), mkdtempSync(join(tmpdir(), "explain-hub-")));
  }

  async end(): Promise<void> {
    await this.server.close();
    rmSync(this.cache, { recursive: true, force: true });
  }

  /** Serves a model called `name`; gives the name. */
  serve(files: Record<string, Buffer>, more: Partial<ServedModel> = {}, name = "films/small"): string {
    this.server.add(name, { commit, files, ...more });
    return name;
  }

  /** The environment of a program that uses this hub and this cache only. */
  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, HOME: this.cache, HF_HUB_CACHE: this.cache, HF_ENDPOINT: this.endpoint, ...more };
  }

  async access(env: NodeJS.ProcessEnv = {}, parts: Partial<AccessParts> = {}): Promise<HubAccess> {
    return await hubAccess(this.environment({ HF_HOME: this.cache, ...env }), { send: proxySend(), ...parts });
  }

  /** Downloads a model in this process; `told` are those who are told and asked meanwhile. */
  async download(
    access: HubAccess,
    name: string,
    { revision = null, file = null, precision = null }: Wanted = {},
    told: Partial<Pick<ModelDownload, "report" | "agree">> = {},
  ) {
    const model = await describeOnHub(access, name, revision, lasting);
    const variant = chosenVariant(variantsOf(model), name, { file, precision });
    const asked = { model, revision, variant, signal: lasting, report: () => undefined, ...told };
    return { ...(await downloadModel(access, asked)), variant };
  }

  /** Runs the command line with this hub and cache. */
  async cli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const started = start(programs.commandLine, args, { env: this.environment(env) });
    started.child.stdin?.end();
    return await started.ended;
  }

  /** What there is of a model in the cache. */
  in(name: string, ...path: readonly string[]): string {
    return join(this.cache, `models--${name.replaceAll("/", "--")}`, ...path);
  }

  /** The bytes of a file of a model as it lies among those of its commit. */
  read(name: string, path: string, at = commit): Buffer {
    return readFileSync(this.in(name, "snapshots", at, path));
  }
}

/** What a promise ends with that is not kept: the reason and the sentence; fails where it is kept. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const { reason, message } = ExplainError.from(error);
    return `${reason}: ${message}`;
  }
  throw new Error("Nothing was refused.");
}
