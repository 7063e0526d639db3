/** Most code points of a label or name that is not ours; what is longer ends in an ellipsis. */
export const longestName = 200;
/** Most code points of a message, or of what goes into a sentence of ours, that is not ours. */
export const longestMessage = 300;

/** More marks than this on one letter would cover the lines around it. */
const excessMarks = /(\p{M}{8})\p{M}+/gu;
const breaks = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** Characters without a shape of their own: bidirectional controls, zero widths, fillers, tags; variation selectors and joiners have a use. */
const unseen = /(?![\p{VS}\u200c\u200d])[\p{DI}\ufff9-\ufffb]/gu;
/** A joiner that joins nothing: only emoji, and letters of scripts that are written with joiners, have a use for it. */
const idleJoiners = (() => {
  const scripts = "Arab Syrc Mong Nkoo Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr Tibt".split(" ");
  const joined = `[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f${scripts.map((script) => `\\p{Script=${script}}`).join("")}]`;
  return new RegExp(`(?<!${joined})[\\u200c\\u200d]|[\\u200c\\u200d](?!${joined})`, "gu");
})();

/**
 * Words that are not ours as they may be shown: on one line, control characters and line breaks as spaces, without bidirectional controls and
 * characters that are not seen, lone surrogates as U+FFFD. Letters of all scripts, and emoji, stay as they are. For display only: positions change.
 */
export function cleanText(text: string): string {
  return text
    .replace(/\p{Cs}/gu, "\ufffd")
    .replace(breaks, " ")
    .replace(unseen, "")
    .replace(idleJoiners, "")
    .replace(excessMarks, "$1");
}

/** Running text as it may be shown among words of ours: without what would turn around the words after it. Nothing else is taken away. */
export function keptInOrder(text: string): string {
  return text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "");
}

/** At most `limit` code points, the last an ellipsis where something is missing. */
export function shortened(text: string, limit: number): string {
  if (text.length <= limit) {
    return text;
  }
  const start = [...text.slice(0, 2 * (limit + 1))];
  return start.length <= limit ? text : `${start.slice(0, limit - 1).join("")}…`;
}

/** A label, a file's or folder's name, or another name that is not ours, as it may be shown: {@link cleanText}, at most {@link longestName}. */
export function cleanName(name: string): string {
  return shortened(cleanText(name).trim(), longestName);
}

/** What goes into a sentence of ours: {@link cleanText}, at most {@link longestMessage}. */
export function cleanWords(words: string): string {
  return shortened(cleanText(words), longestMessage);
}
