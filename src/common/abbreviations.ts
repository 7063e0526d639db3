/** Written with a full stop in the middle of a sentence: titles before names, and words that never end one. */
const always = /(?:^|[\s("'“‘«])(?:Dr|Mr|Mrs|Ms|Prof|St|vs|cf|e\.g|i\.e|resp|approx)\.[^\S\n\r]*$/;
/** Before a number they are abbreviations; otherwise they may be a sentence, or its end. */
const beforeNumber = /(?:^|[\s("'“‘«])(?:Figs?|Eqs?|Nos?|Vol|Ch|Sec|pp?)\.[^\S\n\r]*$/;
/** The first letters of names: one that another follows, and the last of several. */
const initial = /(?:^|[\s("'“‘«])\p{Lu}\.[^\S\n\r]*$/u;
const initials = /(?:^|[\s("'“‘«])\p{Lu}\.[^\S\n\r]+\p{Lu}\.[^\S\n\r]*$/u;

/** Characters before a place that are looked at. */
const longest = 16;

/** Whether a text has an abbreviation right before a place, spaces apart, that what stands there goes on from, so that no sentence ends there. */
export function goesOnAfterAbbreviation(text: string, place: number): boolean {
  const [before, after] = [text.slice(Math.max(0, place - longest), place), text.slice(place, place + 2)];
  return (
    always.test(before) ||
    (beforeNumber.test(before) && /^[\p{N}(]/u.test(after)) ||
    (initial.test(before) && /^\p{Lu}\./u.test(after)) ||
    (initials.test(before) && /^\p{Lu}/u.test(after))
  );
}
