import { deflateSync } from "node:zlib";

/**
 * A PNG file of `width` × `height` pixels that all have one colour (red, green, blue, 0 to 255); `opacities`, row by row and 0 to 1, say how much of it each
 * has, so that the picture does for light and dark pages.
 */
export function opacityPng(
  opacities: ArrayLike<number>,
  width: number,
  height: number,
  colour: readonly [number, number, number],
): Buffer {
  const levels = Array.from({ length: 256 }, (_, level) => level);
  // Each row begins with the number of its filter: none.
  const rows = Buffer.alloc(height * (width + 1));
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const opacity = opacities[row * width + column] ?? 0;
      rows[row * (width + 1) + column + 1] = Math.round(255 * Math.min(1, Math.max(0, opacity)));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits for a pixel, which is the number of a colour in a list.
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(levels.flatMap(() => colour))),
    chunk("tRNS", Buffer.from(levels)),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(checksum(named));
  return Buffer.concat([length, named, check]);
}

/** CRC-32 as PNG has it (ISO 3309). */
function checksum(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
    }
  }
  return ~rest >>> 0;
}
