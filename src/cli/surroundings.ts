import type { InputSurroundings } from "./input";

/** What the command line is given by its surroundings; results go to the process's standard output unless the arguments name a file. */
export interface CliSurroundings extends InputSurroundings {
  readonly args: readonly string[];
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** The engine's bundle, which runs in a process of its own. */
  readonly engine: string;
  /** The bundled model's folder. */
  readonly bundledModel: string;
  readonly workingDirectory: string;
}
