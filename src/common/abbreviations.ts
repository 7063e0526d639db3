/** Written with a full stop in the middle of a sentence: titles before names, and words that never end one. */
const always = /(?:^|[\s("'“‘«])(?:Dr|Mr|Mrs|Ms|Prof|St|vs|cf|e\.g|i\.e|resp|approx)\.[^\S\n\r]*$/;
/** Before a number they are abbreviations; otherwise they may be a sentence, or its end. */
const beforeNumber = /(?:^|[\s("'“‘«])(?:Figs?|Eqs?|Nos?|Vol|Ch|Sec|pp?)\.[^\S\n\r]*$/;

/** Whether what stands before a place ends in an abbreviation that what stands after it goes on from, so that no sentence ends there. */
export function goesOnAfterAbbreviation(before: string, after: string): boolean {
  return always.test(before) || (beforeNumber.test(before) && /^[\p{N}(]/u.test(after));
}
