import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ProgressLine } from "../../../src/cli/progressLine";
import { UsageError } from "../../../src/cli/usageError";
import { escapeHtml } from "../../../src/common/escapeHtml";
import type { Attribution, Explanation, Measured, Token } from "../../../src/common/explanation";
import { message } from "../../../src/common/message";
import { csvHeader, csvRows } from "../../../src/exports/csv";
import { formatCsvLine, textCell } from "../../../src/exports/csvCells";
import type { Result } from "../../../src/exports/export";
import { html } from "../../../src/exports/html";
import { json } from "../../../src/exports/json";
import { jsonText } from "../../../src/exports/jsonText";
import { markdown } from "../../../src/exports/markdown";
import { exportIds, exportKind, isExportId } from "../../../src/exports/registry";
import { text as plain } from "../../../src/exports/text";
import { classesPrediction } from "../../support/predictions";
import { codeFiles } from "../../support/sourceCode";

const text = '<b>"bad" & | film';

function token(index: number, start: number, end: number, special = false): Token {
  return { index, id: 7, piece: "p", text: special ? "" : text.slice(start, end), start, end, special, segment: 0 };
}

const lime: Attribution = {
  method: "lime",
  units: "token",
  scores: [0, -0.25, 0.125, 0],
  specials: [],
  standardErrors: [0, 0.01, 0.02, 0],
  scale: "probability",
  baseValue: 0.5,
  fullValue: 0.4,
  parameters: { seed: 3 },
  quality: { r2: 0.75 },
  converged: true,
  partial: false,
  notes: [message("Every standard error is under {0} %.", "5")],
  evaluations: 42,
  milliseconds: 7,
};

const explanation: Explanation = {
  schema: 2,
  text,
  pair: null,
  output: null,
  model: {
    id: "tiny<",
    reference: { directory: "/m", file: null },
    file: "model.onnx",
    task: "text-classification",
    sha256: "ab",
    labels: ["neg", "pos"],
  },
  prediction: classesPrediction(
    { index: 0, label: "neg", logit: 1, probability: 0.75 },
    { index: 1, label: "pos", logit: -1, probability: 0.25 },
  ),
  target: { label: "neg", versus: "pos", position: null, kind: "log-odds", value: 2, baselineValue: 0.5 },
  tokens: [token(0, 0, 0, true), token(1, 0, 9), token(2, 13, 17), token(3, 0, 0, true)],
  words: [{ start: 0, end: 9, segment: 0, tokens: [1] }],
  sentences: [],
  masked: [],
  attributions: [lime],
  measures: [],
  attention: { layers: 2, heads: 3, kind: "self", lookers: [] },
  windows: [{ start: 0, end: 17, firstToken: 1, endToken: 3 }],
  seed: 3,
  warnings: [message("Mind the {0}.", "gap")],
  versions: { explainWithTransformer: "1", onnxruntime: "2" },
  milliseconds: 9,
};

/** An explanation as it is exported. */
function resultOf(one: Explanation, line: number | null = null): Result {
  return { explanation: one, matrices: null, line, reading: null };
}

describe("answers", () => {
  const answer = { score: 0.5, logit: 1, tokens: [1, 2] as const, window: 0 };
  const answers: Explanation = {
    ...explanation,
    prediction: {
      kind: "spans",
      spans: [
        { ...answer, start: 0, end: 5, text: "Ada, " },
        { ...answer, start: 6, end: 12, text: "London", tokens: [3, 4] },
        { ...answer, start: 0, end: 0, text: "", tokens: [0, 0] },
      ],
    },
    target: { ...explanation.target, label: "Ada,", versus: "London" },
  };

  it("stand in quotation marks where they are words of the text, with what is blank at their ends", () => {
    const line = "“Ada, ” 50.0 %; explained: “Ada, ” rather than “London”";
    expect(plain.one(resultOf(answers), 0).split("\n")).toContain(line);
    const rows = markdown.one(resultOf(answers), 0).split("\n");
    expect(rows).toContain(`**${line}**`);
    expect(rows).toContain("| “Ada, ” | 1.000 | 50.0 % |");
    expect(rows).toContain("| no answer | 1.000 | 50.0 % |");
  });
});

describe("JSON", () => {
  it("is the documented object", () => {
    const values = Float32Array.of(0.5, 0.5, 0.25, 0.75);
    const matrices = [{ window: 0, layer: 1, head: 2, kind: "self" as const, queries: 2, keys: 2, values }];
    expect(JSON.parse(json.one({ ...resultOf(explanation), matrices }, 0))).toEqual({
      schema: 2,
      text,
      model: { id: "tiny<", file: "model.onnx", task: "text-classification", sha256: "ab", labels: ["neg", "pos"] },
      prediction: explanation.prediction,
      target: { label: "neg", versus: "pos", position: null, kind: "log-odds", value: 2, baselineValue: 0.5 },
      tokens: explanation.tokens,
      words: explanation.words,
      sentences: [],
      masked: [],
      attributions: [
        {
          method: "lime",
          units: "token",
          scores: [0, -0.25, 0.125, 0],
          specials: [],
          standardErrors: [0, 0.01, 0.02, 0],
          scale: "probability",
          baseValue: 0.5,
          fullValue: 0.4,
          parameters: { seed: 3 },
          quality: { r2: 0.75 },
          converged: true,
          notes: ["Every standard error is under 5 %."],
          evaluations: 42,
          milliseconds: 7,
        },
      ],
      attention: {
        layers: 2,
        heads: 3,
        kind: "self",
        lookers: [],
        matrices: [
          {
            layer: 1,
            head: 2,
            kind: "self",
            values: [
              [0.5, 0.5],
              [0.25, 0.75],
            ],
          },
        ],
      },
      measures: [],
      windows: explanation.windows,
      seed: 3,
      warnings: ["Mind the gap."],
      versions: { explainWithTransformer: "1", onnxruntime: "2" },
      milliseconds: 9,
    });
  });

  it("names ranges for words, and the line of a file", () => {
    const words = {
      ...explanation,
      attributions: [{ ...lime, units: "word" as const, scores: [1], standardErrors: null }],
    };
    const object = JSON.parse(json.one(resultOf(words, 4), 0));
    expect(object).toMatchObject({ line: 4, attributions: [{ ranges: [{ start: 0, end: 9, segment: 0 }] }] });
  });
});

describe("readable formats", () => {
  it("text has prediction, question, signed scores and remarks", () => {
    const shown = plain.one(resultOf(explanation), 0);
    expect(shown).toContain("neg 75.0 %; explained: neg rather than pos");
    expect(shown).toContain("−0.250");
    expect(shown).toContain("+0.125");
    expect(shown).toContain("R² 0.750, 42 evaluations, base 0.500 + scores = 0.375 (model: 0.400)");
    expect(shown).toContain("Note: Mind the gap.");
  });

  it("names what special tokens get, within the sum", () => {
    const lrp = { ...lime, method: "lrp" as const, scale: "logit" as const, specials: [{ token: 0, score: 0.0625 }] };
    const shown = plain.one(resultOf({ ...explanation, attributions: [lrp] }), 0);
    expect(shown).toMatch(
      /special tokens \+0?\.06\d?, base 0.500 \+ scores \+ special tokens = 0.438 \(model: 0.400\)/,
    );
  });

  it("text does not pass control characters on to the terminal", () => {
    expect(plain.one(resultOf({ ...explanation, text: "a\u001b[31mb\r\nc" }), 0).split("\n")[0]).toBe("a [31mb c");
  });

  it("HTML is escaped, keeps the whole text and has no script", () => {
    const page = `${html.begin?.()}${html.one(resultOf(explanation), 0)}${html.end?.()}`;
    expect(page).not.toContain("<b>");
    expect(page).toContain("&lt;b&gt;&quot;bad");
    expect(page).toContain("tiny&lt;");
    expect(page).not.toContain("<script");
    const paragraph = /<p class="text"[^>]*>(.*)<\/p>/.exec(page)?.[1] ?? "";
    expect(paragraph.replace(/<[^>]*>/g, "")).toBe(escapeHtml(text));
    expect(page).toContain('class="against5" title="−0.250"');
  });

  it("HTML has the numbers, and a legend that says what the colours stand for", () => {
    const page = html.one(resultOf(explanation), 0);
    expect(page).toContain('<td dir="auto">film</td><td class="number">+0.125</td><td class="number">0.020</td>');
    expect(page).toMatch(
      /<p class="legend">for <bdi>pos<\/bdi> −0\.250 <span class="ramp"><i class="swatch against5">.* 0 .*<i class="swatch for5"><\/i><\/span> \+0\.250 for <bdi>neg<\/bdi>/,
    );
    const alone = { ...explanation, target: { ...explanation.target, versus: null } };
    expect(html.one(resultOf(alone), 0)).toContain('<p class="legend">against <bdi>neg</bdi>');
    const swatchesOf = (method: Attribution["method"]) => {
      const shown = { ...explanation, attributions: [{ ...lime, method, standardErrors: null }] };
      const article = html.one(resultOf(shown), 0);
      return [...article.matchAll(/swatch (\w+)/g)].map(([, name]) => name);
    };
    expect(swatchesOf("lrp")).toEqual([
      ...[5, 4, 3, 2, 1].map((bucket) => `against${bucket}`),
      ...[1, 2, 3, 4, 5].map((bucket) => `for${bucket}`),
    ]);
    expect(swatchesOf("attention")).toEqual([1, 2, 3, 4, 5].map((bucket) => `attention${bucket}`));
    expect(swatchesOf("saliency")).toEqual([1, 2, 3, 4, 5].map((bucket) => `size${bucket}`));
  });

  it("HTML shows heads as pictures of their weights", () => {
    const values = Float32Array.of(0.5, 0.25, 0, 0.125, 0.5, 0.5);
    const matrices = [{ window: 0, layer: 1, head: 2, kind: "self" as const, queries: 2, keys: 3, values }];
    const page = html.one({ ...resultOf(explanation), matrices }, 0);
    const picture = Buffer.from(/base64,([^"]+)"/.exec(page)?.[1] ?? "", "base64");
    expect(page).toContain('alt="Layer 1, head 2: 2 by 3 weights, at most 0.500"');
    expect(picture.subarray(1, 4).toString()).toBe("PNG");
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([3, 2]);
    const data = picture.indexOf("IDAT");
    const content = inflateSync(picture.subarray(data + 4, data + 4 + picture.readUInt32BE(data - 4)));
    expect([...content]).toEqual([0, 255, 128, 0, 0, 64, 255, 255]);
    expect(picture.subarray(-4).toString("hex")).toBe("ae426082");
  });

  it("HTML gives scores without a direction a hue of their own", () => {
    const classesOf = (method: Attribution["method"]) => {
      const attributions: Attribution[] = [{ ...lime, method, scores: [0, 0.5, 0.02, 0], standardErrors: null }];
      const page = html.one(resultOf({ ...explanation, attributions }), 0);
      return [...page.matchAll(/<mark class="(\w+)"/g)].map(([, name]) => name);
    };
    expect(classesOf("saliency")).toEqual(["size5", "size1"]);
    expect(classesOf("attention")).toEqual(["attention5", "attention1"]);
    expect(classesOf("lrp")).toEqual(["for5"]);
  });

  it("Markdown is escaped", () => {
    const shown = markdown.one(resultOf(explanation, 2), 0);
    expect(shown).toContain('## 2: \\<b\\>"bad" \\& \\| film');
    expect(shown).toContain("| 2 | film | +0.125 |");
  });

  it("Markdown has the start of a long text as its heading, and the whole under it", () => {
    const text = `${"a very long review ".repeat(5)}*ends*`;
    const [heading, , whole] = markdown.one(resultOf({ ...explanation, text }), 0).split("\n");
    expect(heading).toMatch(/^## a very long .{60,}…$/);
    expect(heading).toHaveLength(83);
    expect(whole).toBe(`> ${text.replaceAll("*", "\\*")}`);
  });

  it("CSV has a line for each scored piece", () => {
    const about = ["neg", 0.75, 1, "neg", "pos"];
    expect(csvRows(explanation, 5)).toEqual([
      [5, "lime", "token", 1, 0, 0, 9, '<b>"bad" ', -0.25, 0.01, ...about],
      [5, "lime", "token", 2, 0, 13, 17, "film", 0.125, 0.02, ...about],
    ]);
  });
});

describe("pairs", () => {
  const pairs = [{ first: 1, second: 2, score: -0.75, standardError: 0.125 }];
  const paired: Explanation = { ...explanation, attributions: [{ ...lime, method: "shapleyInteraction", pairs }] };

  it("are rows of a CSV file", () => {
    const rows = csvRows(paired, null);
    expect(rows.map((row) => row.slice(1, 10)).slice(2)).toEqual([
      ["shapleyInteraction", "pair", "1+2", "", "", "", '<b>"bad"  + film', -0.75, 0.125],
    ]);
    expect(rows[2]).toHaveLength(csvHeader.length);
  });

  it("are part of the JSON object", () => {
    expect(JSON.parse(json.one(resultOf(paired), 0)).attributions[0].pairs).toEqual(pairs);
    expect(JSON.parse(json.one(resultOf(explanation), 0)).attributions[0]).not.toHaveProperty("pairs");
  });

  it("stand under the scores of a terminal, those that can be told from nothing", () => {
    const lines = plain.one(resultOf(paired), 0);
    expect(lines).toMatch(/Strongest pairs.*\n {4}.*\+ film {3}−0\.750 ± 0\.125\n/);
    const [pair] = pairs;
    const unsure = {
      ...lime,
      method: "shapleyInteraction",
      pairs: pair ? [{ ...pair, standardError: 0.5 }] : [],
    } as const;
    expect(plain.one(resultOf({ ...explanation, attributions: [unsure] }), 0)).toContain("No pair");
    expect(html.one(resultOf({ ...explanation, attributions: [unsure] }), 0)).toContain("No pair");
  });

  it("stand in Markdown and on a page too, with their words escaped", () => {
    const lines = markdown.one(resultOf(paired), 0);
    expect(lines).toMatch(/\n- Strongest pairs.*\n {2}- \\<b\\>.* \+ film: −0\.750 ± 0\.125\n/);
    const page = html.one(resultOf(paired), 0);
    expect(page).toMatch(/Strongest pairs.*&lt;b&gt;.*\+ film.*−0\.750 ± 0\.125<\/td>/);
    expect(page).not.toContain("<b>");
    expect(markdown.one(resultOf(explanation), 0)).not.toContain("pairs");
  });
});

describe("special tokens", () => {
  const lrp: Attribution = {
    ...lime,
    method: "lrp",
    scale: "logit",
    standardErrors: null,
    specials: [
      { token: 0, score: 0.75 },
      { token: 3, score: -0.5 },
    ],
  };
  const tokens = explanation.tokens.map((one) => (one.special ? { ...one, piece: "[=<S>]" } : one));
  const both: Explanation = { ...explanation, tokens, attributions: [lime, lrp] };
  const { baseValue, fullValue } = lrp;

  it("are rows of a CSV file, which adds up", () => {
    const rows = csvRows(both, null).filter(([, method]) => method === "lrp");
    expect(rows.slice(-2).map((row) => row.slice(0, 10))).toEqual([
      ["", "lrp", "special", 0, 0, "", "", "[=<S>]", 0.75, ""],
      ["", "lrp", "special", 3, 0, "", "", "[=<S>]", -0.5, ""],
    ]);
    const sum = rows.reduce((total, row) => total + Number(row[8]), baseValue ?? 0);
    expect([sum, fullValue]).toEqual([0.625, 0.4]);
    expect(csvRows(both, null).filter(([, method]) => method === "lime")).toHaveLength(2);
  });

  it("are rows of a page and of Markdown", () => {
    const page = html.one(resultOf(both), 0);
    expect(page.match(/<td class="number">special<\/td>/g)).toHaveLength(2);
    expect(page).toContain('special</td><td dir="auto">[=&lt;S&gt;]</td><td class="number">−0.500</td></tr>');
    const shown = markdown.one(resultOf(both), 0);
    expect(shown).toContain("| special | \\[=\\<S\\>\\] |  | +0.750 |");
    expect(shown.indexOf("| special |")).toBeGreaterThan(shown.indexOf("| 2 | film |"));
  });
});

describe("progress", () => {
  const progress = { phase: "lime", done: 10, total: 100, remainingMilliseconds: 1500, partial: null } as const;

  it("is one line on a terminal that goes away, and nothing elsewhere", () => {
    const written: string[] = [];
    const stream = (isTTY: boolean) => ({ isTTY, write: (chunk: string) => written.push(chunk) });
    for (const line of [new ProgressLine(stream(false), false), new ProgressLine(stream(true), true)]) {
      line.show(progress, "");
      line.clear();
    }
    expect(written).toEqual([]);
    const shown = new ProgressLine(stream(true), false);
    shown.show(progress, "1/2 ");
    shown.clear();
    expect(written).toEqual(["\r\x1b[K1/2 LIME 10/100, 1.5 s left", "\r\x1b[K"]);
  });
});

/** Words as a stranger's model and text may bring them. */
const hostileWords = "=1+1 | `a`\n\u001b[31m\u202e[x](https://example.com) <b>\u2028\ud800 www.example.com a@b.c";

describe("words of a stranger", () => {
  const label = "\u202epos|`\n[x](https://example.com)";
  const spoken = "=a\u001b\u202e|\n好";
  const hostile: Explanation = {
    ...explanation,
    text: spoken,
    model: { ...explanation.model, id: hostileWords },
    prediction: classesPrediction({ index: 0, label, logit: 1, probability: 0.75 }),
    target: { ...explanation.target, label, versus: "חיובי" },
    tokens: [{ ...token(0, 0, spoken.length), text: spoken }],
    words: [],
    attributions: [{ ...lime, scores: [0.5], standardErrors: [0.1], notes: [message("Note {0}.", hostileWords)] }],
    warnings: [message("Mind {0}.", hostileWords)],
  };
  const acting = /(?![\n\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

  it("stay on their line on a terminal", () => {
    const shown = plain.one(resultOf(hostile, 3), 0);
    expect(shown).not.toMatch(acting);
    expect(shown.split("\n").slice(0, 3)).toEqual([
      "3: =a | 好",
      "pos|` [x](https://example.com) 75.0 %; explained: pos|` [x](https://example.com) rather than חיובי",
      expect.stringMatching(/^Note: Mind =1\+1 .*\.$/),
    ]);
  });

  it("leave Markdown tables whole, and make no links", () => {
    const shown = markdown.one(resultOf(hostile), 0);
    expect(shown).not.toMatch(acting);
    for (const row of shown.split("\n").filter((line) => line.startsWith("|"))) {
      expect(row.match(/(?<!\\)\|/g)?.length).toBe(4);
    }
    expect(shown.replace(/^Model `.*`/m, "")).not.toMatch(/(?<!\\)\]\(|https:\/\/|www\.|(?<!\\)@/);
    expect(shown).toMatch(/^Model `=1\+1 \| 'a' [^`]*`, seed 3\.$/m);
  });

  it("are isolated and escaped in HTML", () => {
    const shown = `${html.begin?.()}${html.one(resultOf(hostile), 0)}${html.end?.()}`;
    expect(shown).not.toMatch(acting);
    expect(shown).toContain("<th><bdi>pos|` [x](https://example.com)</bdi></th>");
    expect(shown).toContain("rather than <bdi>חיובי</bdi></h1>");
    expect(shown).toMatch(/Model <bdi>=1\+1 [^<]*&lt;b&gt;[^<]*<\/bdi>/);
    expect(shown).toContain(`>=a\ufffd&#8238;|\n好</mark>`);
    expect(shown).not.toContain("<b>");
  });

  it("compute nothing in a spreadsheet, and can be told exactly", () => {
    const texts = ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1", "'=1", "''@a", "a=1", "'a", "", "-", "好"];
    const shown = texts.map(textCell);
    expect(shown.filter((cell) => /^[=+\-@\t\r\n＝＋－＠]/.test(cell))).toEqual([]);
    expect(shown.map((cell) => cell.replace(/^'(?='*[=+\-@\t\r\n＝＋－＠])/, ""))).toEqual(texts);
    const shownLabel = "pos|` [x](https://example.com)";
    expect(csvRows(hostile, null)).toEqual([
      ["", "lime", "token", 0, 0, 0, spoken.length, "'=a|\n好", 0.5, 0.1, shownLabel, 0.75, 1, shownLabel, "חיובי"],
    ]);
    expect(csvHeader).toHaveLength(csvRows(hostile, null)[0]?.length ?? 0);
    const numbers = { ...hostile, attributions: [{ ...lime, scores: [-0.25], standardErrors: null }] };
    expect(formatCsvLine(csvRows(numbers, null)[0] ?? [])).toMatch(/,-0\.25,,/);
  });

  it("are escaped in JSON, and read back equal", () => {
    const value = { text: `${hostileWords}\u0085\u009b\u2066\u{e0041}👩\u200d👧`, label };
    const shown = jsonText(value);
    expect(shown).not.toMatch(acting);
    expect(shown).toContain("\\u202e");
    expect(shown).toContain("👩\u200d👧");
    expect(JSON.parse(shown)).toEqual(value);
  });

  it("cannot act from a usage error", () => {
    expect(new UsageError('There is no column "\u001b[2J\na". Choose one.').message).toBe(
      'There is no column " [2J a". Choose one.',
    );
  });
});

describe("every export", () => {
  it("has a name of its own, an extension, and makes a whole file of several results", () => {
    expect(new Set(exportIds.map((id) => exportKind(id).label)).size).toBe(exportIds.length);
    for (const kind of exportIds.map(exportKind)) {
      expect(kind.extension).toMatch(/^[a-z]+$/);
      const both = [resultOf(explanation, 1), resultOf(explanation, 2)].map((result, index) => kind.one(result, index));
      expect(both.every((one) => one.includes("film"))).toBe(true);
      const whole = `${kind.begin?.() ?? ""}${both.join("")}${kind.end?.() ?? ""}`;
      expect(whole.endsWith("\n")).toBe(true);
      expect(whole.match(/<html/g)?.length ?? 0).toBe(whole.match(/<\/html>/g)?.length ?? 0);
    }
  });

  it("is told from the others by its table alone: nobody else compares names", () => {
    const places = (text: string): string[] =>
      [...text.matchAll(/(?:[!=]==? *|case +)"(\w+)"/g)].map(([, name = ""]) => name).filter(isExportId);
    expect(places('if (a === "csv") { switch (b) { case "html": } }')).toEqual(["csv", "html"]);
    const files = codeFiles("src/cli", "src/editor", "src/panel", "src/exports", "webview");
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap(({ path, text: code }) => places(code).map((name) => `${path} ${name}`))).toEqual([]);
  });
});

const figure = (value: number): Measured => ({
  value,
  spread: null,
  curve: { x: [0.5], y: [value] },
  scale: "probability",
  evaluations: 6,
  notes: [],
});

describe("measures", () => {
  it("stand in every export for people, with the variant and beside random scores, and as numbers in JSON", () => {
    const measures = [
      { method: "lime", values: { comprehensiveness: figure(0.61234), deletionArea: figure(0.1) } },
      { method: "random", values: { comprehensiveness: { ...figure(0.05), spread: 0.0123 } } },
    ] as const;
    const result = resultOf({ ...explanation, measures });
    for (const kind of [plain, markdown, html]) {
      const written = kind.one(result, 0);
      expect(written).toContain("LIME: Comprehensiveness 0.612, Area under deletion 0.100");
      expect(written).toContain("Random: Comprehensiveness 0.050 ± 0.012");
      expect(written).toContain("Comprehensiveness: what hiding the strongest 1, 5, 10, 20 and 50 % takes");
    }
    const [first] = JSON.parse(json.one(result, 0)).measures;
    const { value: _, ...rest } = figure(0.61234);
    const details = { comprehensiveness: rest, deletionArea: { ...rest, curve: { x: [0.5], y: [0.1] } } };
    expect(first).toEqual({ method: "lime", comprehensiveness: 0.61234, deletionArea: 0.1, details });
    expect(plain.one(resultOf(explanation), 0)).not.toContain("Measures");
  });
});
