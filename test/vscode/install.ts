import { installForAll } from "../support/workbench";

/** What `vitest` calls once before all files of the project, and what it calls after them. */
export const setup = installForAll;
