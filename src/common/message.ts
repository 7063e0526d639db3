/** A sentence for a person as data: an English template with `{0}`, `{1}` … and what goes in, so that the editor can translate it. */
export interface Message {
  readonly template: string;
  readonly args: readonly (string | number)[];
}

/** Makes a {@link Message}; `args` fill `{0}`, `{1}` … of the template. */
export function message(template: string, ...args: (string | number)[]): Message {
  return { template, args };
}

/** The English text of a message. */
export function formatMessage({ template, args }: Message): string {
  return template.replace(/\{(\d+)\}/g, (placeholder, index: string) => String(args[Number(index)] ?? placeholder));
}
