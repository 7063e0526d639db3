import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";

/**
 * The output a person means by a label, as the model has it or as it is shown, or a class number. Labels win over numbers, exact spelling over another case.
 * Throws `label-unknown` listing the labels.
 */
export function findLabel(labels: readonly string[], name: string): number {
  const wanted = cleanName(name);
  const exact = labels.indexOf(wanted);
  if (exact >= 0) {
    return exact;
  }
  const folded = wanted.toLowerCase();
  const similar = labels.findIndex((label) => label.toLowerCase() === folded);
  if (similar >= 0) {
    return similar;
  }
  const index = /^\d+$/.test(wanted) ? Number(wanted) : -1;
  if (index >= 0 && index < labels.length) {
    return index;
  }
  const shown = labels.slice(0, 20).join(", ");
  throw new ExplainError(
    "label-unknown",
    'The model has no label "{0}". Choose one of: {1}.',
    wanted,
    labels.length > 20 ? `${shown} …` : shown,
  );
}
