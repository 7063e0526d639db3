import { helpLines } from "./flags";

const width = 118;
const indent = 30;

/** A flag and its words, in as many lines as they take. */
function entry(usage: string, words: string): string {
  const lines: string[] = [];
  let line = `  ${usage}  `.padEnd(indent);
  let isEmpty = true;
  for (const word of words.split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = " ".repeat(indent);
      isEmpty = true;
    }
    line += `${isEmpty ? "" : " "}${word}`;
    isEmpty = false;
  }
  return [...lines, line].join("\n");
}

function list(heading: string): string {
  const lines = helpLines.filter((line) => line.heading === heading);
  return [heading, ...lines.map(({ usage, words }) => entry(usage, words))].join("\n");
}

/** What `--help` prints. */
export const helpText = `Shows which words pushed a transformer's prediction, and where its attention went.

explain-transformer [options] TEXT          one text; "-" reads standard input
explain-transformer [options] --input FILE  .txt (a text a line), .csv/.tsv (--column NAME), .jsonl (--field NAME),
                                            or a pipe: CSV with --column, JSON lines with --field, else a text a line;
                                            other documents (.md, .html, .tex, .ipynb, .py, .json ...): every passage of it
explain-transformer analyse TEXT|--input FILE
                                            whether attention is an explanation here: one report on all texts
explain-transformer models                  what can be used, and where it is
explain-transformer models download NAME|ADDRESS
                                            brings a model from the model hub: the only command that uses the network
explain-transformer models save NAME|DIR --output FOLDER
                                            a checkpoint, with its adapter, as an ONNX model's folder
explain-transformer inspect --model DIR     what a model offers: inputs, layers, heads, methods

${["Model", "Documents", "Question", "Methods", "Output"].map(list).join("\n\n")}
  --help, --version

Exit status: 0 done; 1 error (with --input: some lines failed); 2 wrong usage; 130 interrupted.
`;
