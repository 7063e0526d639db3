import { element, setAttribute, uniqueId } from "../dom";

/** A place in a grid. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

const page = 10;

/**
 * Makes an element a grid of one tab stop that is walked with the arrow keys, Home, End, Page up and down. Only the
 * current cell exists as an element; its label tells a screen reader what the canvas shows there.
 */
export class GridFocus {
  readonly #grid: HTMLElement;
  readonly #row = element("div", { class: "unseen", attributes: { role: "row" } });
  readonly #cell = element("div", { attributes: { role: "gridcell", "aria-selected": "true" } });
  #rows = 0;
  #columns = 0;
  #current: Cell = { row: 0, column: 0 };

  constructor(grid: HTMLElement, onMove: (cell: Cell) => void) {
    this.#grid = grid;
    this.#cell.id = uniqueId("cell");
    this.#row.append(this.#cell);
    grid.append(this.#row);
    grid.tabIndex = 0;
    grid.setAttribute("role", "grid");
    grid.setAttribute("aria-activedescendant", this.#cell.id);
    grid.addEventListener("keydown", (event) => {
      const to = this.#target(event);
      if (to) {
        event.preventDefault();
        event.stopPropagation();
        onMove(to);
      }
    });
  }

  /** Says how large the grid is and where the focus is; `text` is read for the current cell. */
  update(label: string, rows: number, columns: number, current: Cell, text: string): void {
    this.#rows = rows;
    this.#columns = columns;
    this.#current = current;
    setAttribute(this.#grid, "aria-label", label);
    setAttribute(this.#grid, "aria-rowcount", String(rows));
    setAttribute(this.#grid, "aria-colcount", String(columns));
    setAttribute(this.#row, "aria-rowindex", String(current.row + 1));
    setAttribute(this.#cell, "aria-colindex", String(current.column + 1));
    setAttribute(this.#cell, "aria-label", text);
  }

  #target(event: KeyboardEvent): Cell | null {
    const { row, column } = this.#current;
    const whole = event.ctrlKey || event.metaKey;
    const lastRow = this.#rows - 1;
    const lastColumn = this.#columns - 1;
    const targets: Record<string, Cell> = {
      ArrowUp: { row: row - 1, column },
      ArrowDown: { row: row + 1, column },
      ArrowLeft: { row, column: column - 1 },
      ArrowRight: { row, column: column + 1 },
      Home: { row: whole ? 0 : row, column: 0 },
      End: { row: whole ? lastRow : row, column: lastColumn },
      PageUp: { row: row - page, column },
      PageDown: { row: row + page, column },
    };
    const target = targets[event.key];
    return target ? { row: clamp(target.row, lastRow), column: clamp(target.column, lastColumn) } : null;
  }
}

function clamp(value: number, last: number): number {
  return Math.max(0, Math.min(last, value));
}
