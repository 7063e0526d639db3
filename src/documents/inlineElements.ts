/** Elements of HTML that stand in a line of text. */
export const inlineElements = new Set(
  "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr output q rp rt ruby s samp small span strike strong sub sup time tt u var wbr".split(
    " ",
  ),
);
