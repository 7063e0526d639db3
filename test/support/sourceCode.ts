import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parser } from "@lezer/javascript";
import { root } from "../../scripts/lib/paths.mjs";

const language = parser.configure({ dialect: "ts" });

/** A node of the tree of a file, with what it says. */
export interface CodeNode {
  readonly name: string;
  readonly text: string;
  /** The line it starts in, counted from 1, and how many lines it takes. */
  readonly line: number;
  readonly lines: number;
  readonly parent: string | undefined;
}

/** A file of code. */
export interface CodeFile {
  /** Its path in the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
}

/** The files of code below folders of the repository; scripts too. */
export function codeFiles(...folders: readonly string[]): CodeFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.m?ts$|\.mjs$/.test(name))
      .map((name) => path.posix.join(folder, name.replaceAll("\\", "/")))
      .sort()
      .map((file) => {
        const text = readFileSync(path.join(root, file), "utf8");
        return { path: file, text, lines: text.split("\n").length - 1 };
      }),
  );
}

/** The nodes of some kinds in a text of code, by their names in the grammar, in the order in which they start. */
export function nodesOf(text: string, kinds: ReadonlySet<string>): CodeNode[] {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const lineOf = (place: number) => starts.findLastIndex((start) => start <= place) + 1;
  const found: CodeNode[] = [];
  language.parse(text).iterate({
    enter: (node) => {
      if (kinds.has(node.name)) {
        const [line, last] = [lineOf(node.from), lineOf(node.to)];
        const parent = node.node.parent?.name;
        found.push({ name: node.name, text: text.slice(node.from, node.to), line, lines: last - line + 1, parent });
      }
    },
  });
  return found;
}

/** The string literals that a text of code compares with something, switches on, or looks for in a list or a set. */
export function comparedStrings(text: string): { readonly value: string; readonly shown: string }[] {
  const found: { value: string; shown: string }[] = [];
  language.parse(text).iterate({
    enter: ({ name, from, to, node }) => {
      const { parent } = node;
      const outer = name === "String" ? (parent?.name === "ArgList" ? parent.parent : parent) : null;
      if (outer) {
        const shown = text.slice(outer.from, outer.to).replace(/\s+/g, " ");
        const isCompared = outer.name === "BinaryExpression" && outer.getChild("CompareOp") !== null;
        const isLookedFor = outer.name === "CallExpression" && /\.(?:includes|has|indexOf|startsWith)\("/.test(shown);
        if (isCompared || isLookedFor || outer.name === "CaseLabel") {
          found.push({ value: text.slice(from + 1, to - 1), shown });
        }
      }
    },
  });
  return found;
}

/** The files that a file imports or re-exports from, types included, as far as they are among `known`. */
export function importsOf({ path: file, text }: CodeFile, known: ReadonlySet<string>): string[] {
  return nodesOf(text, new Set(["ImportDeclaration", "ExportDeclaration", "DynamicImport", "CallExpression"])).flatMap(
    (node) => {
      const isImport = node.name !== "CallExpression" || node.text.startsWith("import(");
      const specifier = isImport ? /(?:from|import)\s*\(?\s*"(\.[^"]*)"/.exec(node.text)?.[1] : undefined;
      const place = specifier && path.posix.join(path.posix.dirname(file), specifier);
      return [place, `${place}.ts`].filter((name) => name !== undefined && known.has(name)) as string[];
    },
  );
}

/** The circles in a graph: each a list of nodes that all reach each other. */
export function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const [index, low] = [new Map<string, number>(), new Map<string, number>()];
  const [open, circles] = [[] as string[], [] as string[][]];
  const visit = (node: string): number => {
    const own = index.size;
    index.set(node, own);
    low.set(node, own);
    open.push(node);
    for (const next of graph.get(node) ?? []) {
      const reached = index.has(next) ? (open.includes(next) ? (index.get(next) ?? own) : own) : visit(next);
      low.set(node, Math.min(low.get(node) ?? own, reached));
    }
    if (low.get(node) === own) {
      const circle = open.splice(open.indexOf(node));
      if (circle.length > 1 || graph.get(node)?.includes(node)) {
        circles.push(circle.sort());
      }
    }
    return low.get(node) ?? own;
  };
  for (const node of graph.keys()) {
    if (!index.has(node)) {
      visit(node);
    }
  }
  return circles;
}
