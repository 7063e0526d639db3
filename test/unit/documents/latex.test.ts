import { describe, expect, it } from "vitest";
import { expectReading, readShown } from "../../support/readings";
import { Draw, drawWord, Written } from "../../support/writtenDocuments";

const cases: readonly (readonly [string, string])[] = [
  ["Plain words.", "Plain words."],
  ["\\section{A title} text", "A title\ntext"],
  ["\\section*{A title}\ntext", "A title\ntext"],
  ["\\textbf{bold} and \\emph{em}", "bold and em"],
  ["caf\\'{e}", "caf{\\'{e}=é}"],
  ["caf\\'e", "caf{\\'e=é}"],
  ['na\\"{\\i}ve', 'na{\\"{\\i}=ï}ve'],
  ["\\c{c}a \\v{s} \\H{o}", "{\\c{c}=ç}a {\\v{s}=š} {\\H{o}=ő}"],
  ["\\c c", "{\\c c=ç}"],
  ["Stra\\ss e", "Stra{\\ss =ß}e"],
  ["Stra{\\ss}e", "Stra{\\ss=ß}e"],
  ["\\ae{}r", "{\\ae{}=æ}r"],
  ["50\\% of \\$5 \\& \\#1 \\_x \\{y\\}", "50{\\%=%} of {\\$=$}5 {\\&=&} {\\#=#}1 {\\_=_}x {\\{={}y{\\}=}}"],
  ["a $x^2$ b", "a b"],
  ["a \\(x\\) b", "a b"],
  ["a $$x$$ b", "a b"],
  ["a \\[x\\] b", "a b"],
  ["a \\begin{equation}x=1\\end{equation} b", "a b"],
  ["costs 5$ only", "costs 5$ only"],
  ["``quoted'' text", "{``=“}quoted{''=”} text"],
  ["`single'", "{`=‘}single'"],
  ["1--2 and a---b", "1{--=–}2 and a{---=—}b"],
  ["Fig.~\\ref{fig:x} shows", "Fig. shows"],
  ["as \\cite{key2020} says", "as says"],
  ["is good~\\cite{a,b}.", "is good."],
  ["as in \\ref{a}, so", "as in, so"],
  ["\\iffalse hidden \\fi shown", "shown"],
  ["\\lstinline|a_b| is", "is"],
  ["\\mintinline{c}{a_b} is", "is"],
  ["\\def\\x{y} b", "b"],
  ["?`Que? !`Hola!", "{?`=¿}Que? {!`=¡}Hola!"],
  ["Jos\\'e \\and Ann", "Jos{\\'e=é}\nAnn"],
  ["as \\citep[p.~3]{key} says", "as says"],
  ["one % comment\ntwo", "one two"],
  ["one% comment\n  two", "onetwo"],
  ["one\n\ntwo", "one\ntwo"],
  ["one\ntwo", "one two"],
  ["one\r\n\r\ntwo", "one\ntwo"],
  ["one\\\\two", "one\ntwo"],
  ["one\\newline two", "one\ntwo"],
  ["\\begin{itemize}\n\\item one\n\\item[x] two\n\\end{itemize}", "one\ntwo"],
  ["\\href{http://x.org}{the page} now", "the page now"],
  ["\\documentclass{article}\n\\title{No}\n\\begin{document}\nYes\n\\end{document}\nno", "Yes"],
  ["\\begin{tabular}{ll}\na & b \\\\\nc & d\n\\end{tabular}", "a\nb\nc\nd"],
  ["\\begin{verbatim}\nno\n\\end{verbatim}\nyes", "yes"],
  ["\\LaTeX\\ is", "{\\LaTeX=LaTeX} is"],
  ["a\\footnote{note} b", "a note b"],
  ["\\verb|code| is", "is"],
  ["First one. Sec¦ond \\emph{one}. Third.", "Second one."],
  ["one\n\n¦\n\ntwo", "error: text-empty"],
  ["gor«geous caf\\'e»s", "gorgeous caf{\\'e=é}s"],
  ["\\begin{equation} x", "raw(\\begin{equation} x)"],
  ["\\[ x", "raw(\\[ x)"],
  ["\\label{sec:x}Text", "Text"],
  ["\\usepackage[utf8]{inputenc}\nText", "Text"],
  ["\\foo[opt]{kept}", "kept"],
  ["AT&T", "AT&T"],
  ["😀 e\u0301 \\textbf{👩‍👧}", "😀 e\u0301 👩‍👧"],
  ["see \\S 3", "see {\\S =§}3"],
  ["x \\ldots{} y", "x {\\ldots{}=…} y"],
];

describe("LaTeX", () => {
  it.each(cases)("reads %j as %j", (source, expected) => {
    expect(readShown("latex", source)).toBe(expected);
  });

  it("keeps text and ranges of 300 written documents", () => {
    for (let seed = 0; seed < 300; seed++) {
      const written = writeLatex(new Draw(seed));
      const { document: text } = written;
      expectReading(
        { text, offset: 0, start: 0, end: text.length, language: "latex", path: "" },
        written.text,
        written.ranges,
      );
    }
  });
});

function writeLatex(draw: Draw): Written {
  const written = new Written();
  const lineEnd = draw.of(["\n", "\r\n"]);
  let open = draw.of(["", `\\documentclass{article}${lineEnd}\\begin{document}${lineEnd}`]);
  for (let block = 1 + draw.below(4); block > 0; block--) {
    const [lead, end] = draw.of([
      ["", `${lineEnd}${lineEnd}`],
      ["\\section{", `}${lineEnd}`],
      [`\\begin{quote}${lineEnd}`, `${lineEnd}\\end{quote}${lineEnd}`],
      [`\\begin{itemize}\\item `, "\\end{itemize}"],
    ]);
    open += draw.of(["", `% no ${lineEnd}`, `\\begin{verbatim}no\\end{verbatim}${lineEnd}`]) + lead;
    for (let word = 0, words = 1 + draw.below(6); word < words; word++) {
      const [before, after] = draw.of([
        ["", ""],
        ["", ""],
        ["\\emph{", "}"],
        ["\\textbf{\\textit{", "}}"],
        ["\\href{http://x}{", "}"],
      ]);
      if (word > 0) {
        written.write(" ", open + draw.of([" ", lineEnd, "  ", " $x^2$ ", ` % no${lineEnd}`]) + before);
      } else if (written.text === "") {
        written.mark(open + before);
      } else {
        written.part(open + before);
      }
      written.write(drawWord(draw));
      for (let extra = draw.below(3); extra > 0; extra--) {
        const [text, source] = draw.of([
          ["é", "\\'{e}"],
          ["ö", '\\"o'],
          ["ç", "\\c{c}"],
          ["ß", "{\\ss}"],
          ["%", "\\%"],
          ["&", "\\&"],
          ["–", "--"],
          ["“", "``"],
          ["ï", '\\"{\\i}'],
          ["q\u0308", '\\"{q}'],
          ["š", "\\v{s}"],
        ]);
        if (source === "{\\ss}") {
          written.mark("{").write("ß", "\\ss").mark("}");
        } else {
          written.write(text ?? "", source);
        }
        written.write("x");
      }
      open = after ?? "";
    }
    open += end;
  }
  return written.mark(open);
}
