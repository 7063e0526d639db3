/** Capacities are whole multiples of 2⁻⁴⁰, so that sums and differences are exact and the end of the search does not hang on rounding. */
const unit = 2 ** 40;
/** Ways between two pauses. */
const waysPerTurn = 256;

/**
 * Maximum flow through layers of as many nodes each, by Dinic's algorithm (1970): from a source above the highest layer down to one node of the
 * lowest. An edge leads from each node to each of the layer below. Node `i` of layer `l` has the number l·nodes + i, and the edge from it to node `j` below the number
 * ((l − 1)·nodes + i)·nodes + j.
 */
export class LayeredFlow {
  readonly #nodes: number;
  /** The only node of the layer above all others. */
  readonly #source: number;
  readonly #capacity: Float64Array;
  /** How much more each edge takes. */
  readonly #left: Float64Array;
  /** How many edges lead from each node to the sink at least; −1 where there is no way. */
  readonly #far: Int32Array;
  /** Which edge each node tries next: those down come first, then those back up. */
  readonly #next: Int32Array;
  /** The nodes and the edges of the way that is being searched. */
  readonly #way: Int32Array;

  /** `layers`: capacities of the edges into each layer, lowest first, [nodes above, nodes below]; `source`: those of the edges from the source. */
  constructor(layers: readonly ArrayLike<number>[], source: ArrayLike<number>) {
    const nodes = source.length;
    const edges = nodes * nodes;
    const capacity = new Float64Array(layers.length * edges + nodes);
    for (const [layer, values] of layers.entries()) {
      capacity.set(values, layer * edges);
    }
    capacity.set(source, layers.length * edges);
    this.#nodes = nodes;
    this.#source = (layers.length + 1) * nodes;
    this.#capacity = capacity.map((value) => Math.round(value * unit));
    this.#left = this.#capacity.slice();
    this.#far = new Int32Array(this.#source + 1);
    this.#next = new Int32Array(this.#source + 1);
    this.#way = new Int32Array(this.#source + 1);
  }

  /** The most that flows from the source to a node of the lowest layer, computed in parts with a step of the generator between two of them. */
  *to(sink: number): Generator<void, number> {
    this.#left.set(this.#capacity);
    let [total, ways] = [0, 0];
    while (this.#measure(sink)) {
      for (let found = this.#push(); found > 0; found = this.#push()) {
        total += found;
        ways++;
        if (ways % waysPerTurn === 0) {
          yield;
        }
      }
      yield;
    }
    return total / unit;
  }

  /** Counts for each node how many edges that take more lead to the sink; `false` where none do from the source. */
  #measure(sink: number): boolean {
    const nodes = this.#nodes;
    const far = this.#far.fill(-1);
    this.#next.fill(0);
    far[sink] = 0;
    const queue = [sink];
    /** The nodes of each layer that no way was found from. */
    const unseen = Array.from({ length: this.#source / nodes }, (_, layer) =>
      Array.from({ length: nodes }, (_, at) => layer * nodes + at).filter((node) => node !== sink),
    );
    unseen.push([this.#source]);
    for (const node of queue) {
      const layer = Math.floor(node / nodes);
      for (const next of [layer + 1, layer - 1]) {
        const rest: number[] = [];
        for (const other of unseen[next] ?? []) {
          if (this.#takes(other, node) > 0) {
            far[other] = (far[node] ?? 0) + 1;
            queue.push(other);
          } else {
            rest.push(other);
          }
        }
        unseen[next] = rest;
      }
    }
    return (far[this.#source] ?? -1) >= 0;
  }

  /** Sends what it can along one more way on which every edge leads nearer to the sink; 0 where there is none left. */
  #push(): number {
    const [way, next, far] = [this.#way, this.#next, this.#far];
    way[0] = this.#source;
    let length = 0;
    for (;;) {
      const node = way[length] ?? 0;
      if (far[node] === 0) {
        return this.#along(length);
      }
      const nearer = this.#nearer(node);
      if (nearer >= 0) {
        length++;
        way[length] = nearer;
      } else if (length === 0) {
        return 0;
      } else {
        // No way leads on from here, so no other way needs to come here.
        far[node] = -1;
        length--;
        next[way[length] ?? 0] = (next[way[length] ?? 0] ?? 0) + 1;
      }
    }
  }

  /** The next node that is nearer to the sink and takes more; −1 where there is none. */
  #nearer(node: number): number {
    const nodes = this.#nodes;
    const wanted = (this.#far[node] ?? 0) - 1;
    const below = (Math.floor(node / nodes) - 1) * nodes;
    for (let edge = this.#next[node] ?? 0; edge < 2 * nodes; edge++) {
      const other = edge < nodes ? below + edge : below + nodes + edge;
      if (this.#far[other] === wanted && this.#takes(node, other) > 0) {
        this.#next[node] = edge;
        return other;
      }
    }
    this.#next[node] = 2 * nodes;
    return -1;
  }

  /** Sends as much as the way takes, and says how much that is. */
  #along(length: number): number {
    const way = this.#way;
    let most = Number.POSITIVE_INFINITY;
    for (let at = 0; at < length; at++) {
      most = Math.min(most, this.#takes(way[at] ?? 0, way[at + 1] ?? 0));
    }
    for (let at = 0; at < length; at++) {
      const [from, to] = [way[at] ?? 0, way[at + 1] ?? 0];
      const edge = this.#edge(Math.max(from, to), Math.min(from, to));
      this.#left[edge] = (this.#left[edge] ?? 0) + (from > to ? -most : most);
    }
    return most;
  }

  /** How much more goes from a node to one of the layer below, or back to one above. */
  #takes(from: number, to: number): number {
    if (from > to) {
      return this.#left[this.#edge(from, to)] ?? 0;
    }
    const edge = this.#edge(to, from);
    return (this.#capacity[edge] ?? 0) - (this.#left[edge] ?? 0);
  }

  #edge(above: number, below: number): number {
    return (above - this.#nodes) * this.#nodes + (below % this.#nodes);
  }
}
