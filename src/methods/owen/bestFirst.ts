/** Hands out what was put in, the largest priority first, the earliest among equals. */
export class BestFirst<T> {
  readonly #heap: { readonly item: T; readonly priority: number; readonly order: number }[] = [];
  #count = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** What would be handed out next. */
  get first(): T | undefined {
    return this.#heap[0]?.item;
  }

  /** What is waiting, in no order that means anything. */
  *waiting(): Iterable<T> {
    for (const { item } of this.#heap) {
      yield item;
    }
  }

  push(item: T, priority: number): void {
    let at = this.#heap.push({ item, priority, order: this.#count++ }) - 1;
    while (at > 0 && this.#before(at, (at - 1) >> 1)) {
      this.#swap(at, (at - 1) >> 1);
      at = (at - 1) >> 1;
    }
  }

  pop(): T | undefined {
    const last = this.#heap.length - 1;
    if (last > 0) {
      this.#swap(0, last);
    }
    const top = this.#heap.pop();
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = this.#before(left + 1, left) ? left + 1 : left;
      if (!this.#before(child, at)) {
        return top?.item;
      }
      this.#swap(at, child);
      at = child;
    }
  }

  /** Whether what is at `a` comes before what is at `b`; what is past the end comes before nothing. */
  #before(a: number, b: number): boolean {
    const first = this.#heap[a];
    const second = this.#heap[b];
    if (!first || !second) {
      return false;
    }
    return first.priority > second.priority || (first.priority === second.priority && first.order < second.order);
  }

  #swap(a: number, b: number): void {
    const first = this.#heap[a];
    const second = this.#heap[b];
    if (first && second) {
      this.#heap[a] = second;
      this.#heap[b] = first;
    }
  }
}
