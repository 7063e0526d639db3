/** Sizes a canvas in CSS pixels for the screen's own pixels and clears it; drawing is then in CSS pixels. */
export function prepareCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** The side of a cell in CSS pixels: whole screen pixels where they fit, so that all cells are the same size. */
export function cellSide(available: number, cells: number, largest: number): number {
  const ratio = window.devicePixelRatio || 1;
  const exact = Math.min(largest, available / Math.max(1, cells));
  const snapped = Math.floor(exact * ratio) / ratio;
  return snapped > 0 ? snapped : exact;
}

/**
 * A matrix as an image on a root scale, because most weights of a head are small, one pixel a cell; with fewer than one screen pixel a cell,
 * the largest of those that share one.
 */
export function matrixImage(
  values: Float32Array,
  rows: number,
  columns: number,
  maximum: number,
  ramp: Uint32Array,
  pixelsPerCell: number,
): ImageData {
  const width = Math.max(1, Math.round(columns * Math.min(1, pixelsPerCell)));
  const height = Math.max(1, Math.round(rows * Math.min(1, pixelsPerCell)));
  const strongest = new Float32Array(width * height);
  for (let row = 0; row < rows; row++) {
    const line = Math.floor((row * height) / rows) * width;
    for (let column = 0; column < columns; column++) {
      const pixel = line + Math.floor((column * width) / columns);
      strongest[pixel] = Math.max(strongest[pixel] ?? 0, values[row * columns + column] ?? 0);
    }
  }
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  const scale = maximum > 0 ? 1 / maximum : 0;
  strongest.forEach((value, pixel) => {
    words[pixel] = ramp[Math.min(255, Math.round(255 * Math.sqrt(value * scale)))] ?? 0;
  });
  return image;
}

/** Draws an image without smoothing into a rectangle given in CSS pixels. */
export function drawImage(
  context: CanvasRenderingContext2D,
  image: ImageData,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  const bitmap = new OffscreenCanvas(image.width, image.height);
  bitmap.getContext("2d")?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(bitmap, x, y, width, height);
}

/** Every how many labels one is written, so that neighbours are at least `room` pixels apart. */
export function labelStep(side: number, room: number): number {
  return Math.max(1, Math.ceil(room / Math.max(side, 0.01)));
}
