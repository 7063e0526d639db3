import { join } from "node:path";
import type { ModelReference } from "../src/common/model";
import { bundledModel, writeBertBase, writeTinyBert } from "./supportModels";

/** A model of the storm and texts that it reads. */
export interface Subject {
  readonly name: string;
  readonly model: ModelReference;
  readonly texts: readonly string[];
}

/** Writes the models of the storm, a small one and one of BERT-base's size, into a folder, beside the bundled one. */
export function makeSubjects(folder: string): Subject[] {
  const review = "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears.";
  const long = Array.from({ length: 3 }, () => review).join(" ");
  const [base, tiny] = [join(folder, "base"), join(folder, "tiny")];
  writeBertBase(base);
  writeTinyBert(tiny);
  const subject = (name: string, directory: string, texts: readonly string[]) => ({
    name,
    model: { directory, file: null },
    texts,
  });
  return [
    subject("bundled", bundledModel, [review, long, "What a noisy film."]),
    subject("base", base, [review, long, "What a noisy film."]),
    subject("tiny", tiny, ["one two three four", "ten nine eight seven six five four"]),
  ];
}
