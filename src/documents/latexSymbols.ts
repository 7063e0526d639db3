/** Combining marks of accent commands. */
export const accents: Readonly<Record<string, string>> = {
  "'": "\u0301",
  "`": "\u0300",
  "^": "\u0302",
  '"': "\u0308",
  "~": "\u0303",
  "=": "\u0304",
  ".": "\u0307",
  c: "\u0327",
  v: "\u030c",
  u: "\u0306",
  H: "\u030b",
  k: "\u0328",
  r: "\u030a",
  d: "\u0323",
  b: "\u0331",
};

/** Commands that stand for characters. */
export const symbols: Readonly<Record<string, string>> = {
  ss: "ß",
  ae: "æ",
  AE: "Æ",
  oe: "œ",
  OE: "Œ",
  o: "ø",
  O: "Ø",
  aa: "å",
  AA: "Å",
  l: "ł",
  L: "Ł",
  i: "ı",
  j: "ȷ",
  dh: "ð",
  th: "þ",
  dots: "…",
  ldots: "…",
  textellipsis: "…",
  textendash: "–",
  textemdash: "—",
  textbackslash: "\\",
  textasciitilde: "~",
  textasciicircum: "^",
  textunderscore: "_",
  textdollar: "$",
  textquoteleft: "‘",
  textquoteright: "’",
  textquotedblleft: "“",
  textquotedblright: "”",
  textdegree: "°",
  texteuro: "€",
  euro: "€",
  pounds: "£",
  copyright: "©",
  S: "§",
  P: "¶",
  dag: "†",
  LaTeX: "LaTeX",
  TeX: "TeX",
};

/** Commands whose arguments, that many, are no text. */
export const silentArguments: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    "cite citep citet citeauthor citeyear parencite textcite autocite nocite ref eqref pageref autoref cref Cref nameref label url input include includegraphics usepackage documentclass bibliography bibliographystyle addbibresource hspace vspace pagestyle thispagestyle setcounter addtocounter graphicspath hypersetup color pagecolor index glsadd gls vskip hskip cline multirow"
      .split(" ")
      .map((name) => [name, 1]),
  ),
  href: 1,
  textcolor: 1,
  colorbox: 1,
  setlength: 2,
  addtolength: 2,
  newcommand: 2,
  renewcommand: 2,
  providecommand: 2,
  newenvironment: 3,
  def: 2,
  let: 2,
  bibitem: 1,
  rule: 2,
  multicolumn: 2,
};

export const formulas = new Set(
  "equation align gather multline eqnarray math displaymath flalign alignat array dmath".split(" "),
);
export const verbatims = new Set(
  "verbatim Verbatim lstlisting minted tikzpicture comment filecontents thebibliography algorithmic pgfpicture".split(
    " ",
  ),
);
/** Environments whose first argument says how columns stand. */
export const tables = new Set("tabular tabularx tabulary longtable array minipage multicols wrapfigure".split(" "));
/** Commands whose argument is a block of its own. */
export const headings = new Set(
  "part chapter section subsection subsubsection paragraph subparagraph title caption frametitle".split(" "),
);

/** Commands after which the text goes on in a new line, or after a space. */
export const gaps: Readonly<Record<string, " " | "\n">> = {
  newline: "\n",
  par: "\n",
  linebreak: "\n",
  and: "\n",
  quad: " ",
  qquad: " ",
  footnote: " ",
};

/** Typed signs that stand for others. */
export const ligatures: Readonly<Record<string, string>> = {
  "--": "–",
  "---": "—",
  "``": "“",
  "''": "”",
  "`": "‘",
  "!`": "¡",
  "?`": "¿",
  "~": " ",
};
