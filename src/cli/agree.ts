import { createInterface } from "node:readline/promises";
import { cleanText } from "../common/cleanWords";
import { cancelledError, ExplainError } from "../common/errors";
import type { CommandLine } from "./options";
import type { CliSurroundings } from "./surroundings";
import { UsageError } from "./usageError";

/** Asks on the terminal, unless `--yes` was given. Ends with `cancelled` where the person says no, with a usage error where there is nobody to ask. */
export async function agree(
  line: CommandLine,
  { stdin, stderr, signal }: CliSurroundings,
  question: string,
): Promise<void> {
  if (line.download.isAgreed) {
    return;
  }
  const input = stdin();
  if (stderr.isTTY !== true || !("isTTY" in input) || input.isTTY !== true) {
    throw new UsageError(`${question} Nobody can be asked here: give --yes.`);
  }
  const asking = createInterface({ input, output: stderr });
  try {
    const answer = await asking.question(`${cleanText(question)} [y/N] `, { signal });
    if (!/^y(?:es)?$/i.test(answer.trim())) {
      throw cancelledError();
    }
  } catch (error) {
    throw error instanceof ExplainError ? error : cancelledError();
  } finally {
    asking.close();
  }
}
