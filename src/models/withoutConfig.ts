import { basename } from "node:path";
import { ExplainError } from "../common/errors";
import { foldersIn, stepOf } from "./sources/foldersIn";

/** How many steps of a training are named. */
const stepsNamed = 3;

/** The refusal of a folder without `config.json`; where a training saved its steps in it, it names the last of them. */
export async function withoutConfig(directory: string): Promise<ExplainError> {
  const steps = (await foldersIn(directory)).filter((folder) => stepOf(folder) !== null).map((step) => basename(step));
  return steps.length === 0
    ? new ExplainError(
        "model-missing",
        "There is no config.json in {0}. Choose the folder that holds the model's config.json.",
        directory,
      )
    : new ExplainError(
        "model-missing",
        "{0} holds the steps of a training. Choose one of them, such as {1}.",
        directory,
        steps.slice(-stepsNamed).reverse().join(", "),
      );
}
