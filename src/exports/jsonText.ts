/** Characters that JSON may hold as they are but a terminal or an editor would act on; joiners of emoji and scripts are none. */
const acting = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A value as one line of JSON without control, bidirectional and unseen characters or lone surrogates: each is escaped, so that the value read back is equal. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(acting, (character) =>
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}
