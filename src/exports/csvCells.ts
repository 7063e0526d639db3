/** What spreadsheets take for the start of a formula, after any number of the sign that keeps them from it. */
const formula = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
/** Characters that a terminal or an editor would act on; line ends, tabs and joiners are none. */
const acting = /(?![\t\r\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Text of others for a cell: control, bidirectional and unseen characters are left out, and an apostrophe stands before what a spreadsheet would compute.
 * Who takes one apostrophe from a cell that matches `^'+[=+\-@…]` has the text again.
 */
export function textCell(text: string): string {
  const shown = text.replace(/\p{Cs}/gu, "\ufffd").replace(acting, "");
  return formula.test(shown) ? `'${shown}` : shown;
}

/** Fields as one line of a delimited file, in quotation marks where they need them: also around nothing, which alone would be a blank line. */
export function formatCsvLine(fields: readonly (string | number)[]): string {
  if (fields.length === 1 && fields[0] === "") {
    return '""';
  }
  return fields
    .map((field) => {
      const text = String(field);
      return /[",\r\n]/.test(text) || /^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(",");
}
