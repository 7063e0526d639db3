import type { Cell } from "../../pictures/gridFocus";
import type { PictureModel } from "../../pictures/picture";

/** Where the person looked last: the positions of query and key in the window, whatever is hidden. */
export class HeadPlace {
  #place: Cell | null = null;

  /** Takes what is at a cell of a picture. */
  keep({ shaped }: PictureModel, cell: Cell): void {
    const row = shaped.rows[cell.row];
    const column = shaped.columns[cell.column];
    this.#place = row === undefined || column === undefined ? null : { row, column };
  }

  /** The cell looked at before, if it is still shown; otherwise the strongest between content tokens. */
  in(model: PictureModel): Cell {
    const { rows, columns } = model.shaped;
    if (this.#place) {
      const kept = { row: rows.indexOf(this.#place.row), column: columns.indexOf(this.#place.column) };
      if (kept.row >= 0 && kept.column >= 0) {
        return kept;
      }
    }
    return strongestCell(model);
  }
}

function strongestCell({ shaped: { columns, values }, rowLabels, columnLabels }: PictureModel): Cell {
  let best: Cell = { row: 0, column: 0 };
  let strongest = -1;
  values.forEach((value, index) => {
    const row = Math.floor(index / columns.length);
    const column = index % columns.length;
    if (value > strongest && !rowLabels[row]?.special && !columnLabels[column]?.special) {
      strongest = value;
      best = { row, column };
    }
  });
  return best;
}
