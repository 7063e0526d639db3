import { cleanWords } from "./cleanWords";

/** A sentence for a person as data: an English template with `{0}`, `{1}` … and what goes in, so that the editor can translate it. */
export interface Message {
  readonly template: string;
  readonly args: readonly (string | number)[];
}

/** Makes a {@link Message}; `args`, which may be the words of a stranger, are cleaned and fill `{0}`, `{1}` … of the template. */
export function message(template: string, ...args: (string | number)[]): Message {
  return { template, args: args.map((arg) => (typeof arg === "string" ? cleanWords(arg) : arg)) };
}

/** The English text of a message. */
export function formatMessage({ template, args }: Message): string {
  return fillTemplate(template, args, String);
}

/** A template with its gaps filled by what `shown` makes of each argument. */
export function fillTemplate(
  template: string,
  args: Message["args"],
  shown: (argument: string | number) => string,
): string {
  return template.replace(/\{(\d+)\}/g, (placeholder, index: string) => {
    const argument = args[Number(index)];
    return argument === undefined ? placeholder : shown(argument);
  });
}
