import type { HostConnection } from "./messages";

/** Device pixels of a CSS pixel, so that letters are sharp when the picture is enlarged. */
const scale = 2;
/** The most that a canvas may measure. */
const mostPixels = 16_000;

/** Has the host write a picture of the coloured words as PNG, drawn here of the SVG that it gives; it says so where that cannot be drawn. */
export async function savePicture(host: HostConnection): Promise<void> {
  const { svg } = await host.request("picture", null);
  host.tell("savePicture", { png: await drawn(svg) });
}

/** The bytes of a PNG in base64; `null` where it would be too large. */
async function drawn(svg: string): Promise<string | null> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const most = Math.max(image.width, image.height);
  const used = Math.min(scale, mostPixels / most);
  if (used < 1) {
    return null;
  }
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * used);
  canvas.height = Math.round(image.height * used);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png").split(",")[1] ?? null;
}
