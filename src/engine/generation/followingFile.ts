import { posix } from "node:path";
import { ExplainError } from "../../common/errors";
import type { ModelFolder } from "../../models/folder";

const [first, following] = ["decoder_model", "decoder_with_past_model"];

/**
 * The file that goes on with texts that the chosen one begins, as exporters name such pairs; `null` where there is none. Throws `model-missing` where the chosen one is the
 * half of a pair that cannot begin a text.
 */
export function followingFile({ file, files }: Pick<ModelFolder, "file" | "files">): string | null {
  const name = posix.basename(file);
  const beside = (other: string) => posix.join(posix.dirname(file), other);
  if (name.startsWith(following)) {
    const missing = beside(name.replace(following, first));
    throw new ExplainError(
      "model-missing",
      files.includes(missing)
        ? "{0} only goes on with a text. Choose {1} instead, which uses it."
        : "{0} only goes on with a text that {1} begins, which is not there. Put it into the same folder.",
      file.slice(0, 200),
      missing.slice(0, 200),
    );
  }
  const wanted = beside(name.replace(first, following));
  return name.startsWith(first) && files.includes(wanted) ? wanted : null;
}
