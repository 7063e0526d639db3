import { methodIds, usualMethods } from "../common/method";

/** What `--help` prints. */
export const helpText = `Shows which words pushed a transformer's prediction, and where its attention went.

explain-transformer [options] TEXT          one text; "-" reads standard input
explain-transformer [options] --input FILE  .txt (a text a line), .csv/.tsv (--column NAME), .jsonl (--field NAME),
                                            or a pipe: CSV with --column, JSON lines with --field, else a text a line;
                                            other documents (.md, .html, .tex, .ipynb, .py, .json ...): every passage of it
explain-transformer models                  what can be used, and where it is
explain-transformer inspect --model DIR     what a model offers: inputs, layers, heads, methods

Model
  --model DIR|ID              default: the bundled model
  --file REL.onnx             which file of the model's folder
  --task text-classification  default: from config.json
  --pair TEXT                 the second text, for models that read two

Documents
  --as KIND                   how texts are read: markdown, restructuredtext, html, xml, latex, json, yaml, csv, tsv, ini,
                              properties, notebook, log, subtitles, a language such as python, or raw; default: by the file's name, raw for a text, a line or a field

Question
  --target LABEL|INDEX        default: the prediction; a number that is a label means the label
  --versus LABEL|INDEX        log-odds against another label

Methods
  --method ID[,ID...]         ${methodIds.join(", ")}; default: ${usualMethods.importance}
  --units token|word|sentence|auto  what gets a score; default: auto (tokens; of a text too long to be read at once, sentences)
  --baseline mask|pad|unk|zero|delete  what an absent token becomes; default: mask
  --seed N                    default: 0
  --effort SECONDS            about how long Owen values may take on two cores, counted in multiplications; default: 4
  --samples N                 LIME: evaluations, at most (adaptive) or exactly (plain), default: 1000; Owen values: at most,
                              default: what --effort affords
  --sampling adaptive|plain   LIME: stop when accurate, or the published procedure; Owen values: whether relevance guides them;
                              default: adaptive
  --tolerance F               LIME, adaptive: no score likely to be off by more than this fraction of the largest; default: 0.1
  --features token|word|bag|sentence|auto  LIME: what is left out together; default: auto (what gets a score)
  --keep K                    LIME: keep only the K strongest features
  --layer L                   attention: which layer, from 0; default: the last

Output
  --attention L,H|all         attention matrices (JSON: numbers, HTML: pictures); may be repeated
  --format text|json|csv|html|md  default: text; json with --input
  --output FILE               instead of standard output
  --threads N                 threads of one run; default: chosen for the machine
  --memory MB                 for models and runs (engine.memory in the editor); default: 4096
  --quiet                     no progress on standard error
  --help, --version

Exit status: 0 done; 1 error (with --input: some lines failed); 2 wrong usage; 130 interrupted.
`;
