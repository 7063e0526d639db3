/** A binary heap of numbers, smallest first. */
export class MinHeap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let index = items.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent] ?? 0;
      if (above <= item) {
        break;
      }
      items[index] = above;
      index = parent;
    }
    items[index] = item;
  }

  /** Takes the smallest number out; `undefined` when the heap is empty. */
  pop(): number | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) {
      return top;
    }
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= items.length) {
        break;
      }
      if (child + 1 < items.length && (items[child + 1] ?? 0) < (items[child] ?? 0)) {
        child++;
      }
      const below = items[child] ?? 0;
      if (below >= last) {
        break;
      }
      items[index] = below;
      index = child;
    }
    items[index] = last;
    return top;
  }
}
