import { unsupportedTokenizer } from "./json";
import { PairTable } from "./pairTable";

/** Pieces longer than this are refused: matching costs up to this many steps at each character. */
const longestPiece = 1024;

/** The largest vocabularies known make a quarter of it; each node takes up to 50 bytes. */
const mostNodes = 4_000_000;

/** A set of strings with a number each, for finding those that begin at a place in a text. Nodes are numbers, the root is 0. */
export class StringTrie {
  private readonly edges: PairTable;
  private readonly numbers: number[] = [-1];

  /** Throws `tokenizer-unsupported` for strings of more than 1,024 UTF-16 units, or too many of them. A repeated string keeps its last number. */
  constructor(entries: Iterable<readonly [string, number]>, expectedNodes: number) {
    this.edges = new PairTable(Math.min(expectedNodes, mostNodes));
    for (const [piece, number] of entries) {
      if (piece.length > longestPiece) {
        throw unsupportedTokenizer(`a vocabulary piece of ${piece.length} characters`);
      }
      let node = 0;
      for (let unit = 0; unit < piece.length; unit++) {
        const code = piece.charCodeAt(unit);
        let next = this.edges.get(node, code);
        if (next < 0) {
          next = this.numbers.push(-1) - 1;
          if (next > mostNodes) {
            throw unsupportedTokenizer("a vocabulary larger than any known model's");
          }
          this.edges.set(node, code, next);
        }
        node = next;
      }
      this.numbers[node] = number;
    }
  }

  /** The node one UTF-16 unit further, or −1. */
  step(node: number, unit: number): number {
    return this.edges.get(node, unit);
  }

  /** The number of the string that ends at a node, or −1. */
  numberAt(node: number): number {
    return this.numbers[node] ?? -1;
  }

  /** The node a string leads to, or −1. */
  walk(piece: string, from = 0): number {
    let node = from;
    for (let unit = 0; unit < piece.length && node >= 0; unit++) {
      node = this.edges.get(node, piece.charCodeAt(unit));
    }
    return node;
  }
}
