import type { Look, LookSource, Looks } from "../common/look";
import type { EngineClient } from "./engineClient";

/** Pulls something of the inside of a model, with the type of its answer; rejects as `EngineClient.request` does. */
export async function pullLook<L extends Look>(
  engine: Pick<EngineClient, "request">,
  source: LookSource,
  look: L,
  signal?: AbortSignal,
): Promise<Looks[L["kind"]]["result"]> {
  return (await engine.request("look", { source, look }, signal)) as Looks[L["kind"]]["result"];
}
