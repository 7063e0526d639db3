import type { EngineClient } from "../engineClient/engineClient";

/** What editor and panel need of the engine process. */
export type Engine = Pick<EngineClient, "explain" | "measure" | "request">;
