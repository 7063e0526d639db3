import { stabilityMeasure } from "./stability";

/** Edits that change no meaning. */
const edits: readonly ((text: string) => string)[] = [
  (text) => (text === text.toLowerCase() ? text.charAt(0).toUpperCase() + text.slice(1) : text.toLowerCase()),
  (text) =>
    /\.\s*$/.test(text) ? text.replace(/\.\s*$/, "") : /[\p{L}\p{N}]\s*$/u.test(text) ? `${text.trimEnd()}.` : text,
  (text) => text.replace(/ (?=\S+\s*$)/, "  "),
];

/** How alike the scores of the words are after edits that change no meaning: lower case (or a capital letter), the final full stop, an added space. */
export const editStability = stabilityMeasure(({ text }) =>
  edits.flatMap((edit) => {
    const edited = text === null ? "" : edit(text);
    return edited === text || edited.trim() === "" ? [] : [{ kind: "edit", text: edited }];
  }),
);
