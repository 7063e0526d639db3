import { ExplainError } from "../common/errors";

/** As many bytes as the longest byte order mark has. */
const markBytes = 3;

/**
 * Bytes that come in pieces as text: UTF-8, or UTF-16 where a byte order mark says so; the mark itself is left out. Throws `input-unreadable` for
 * anything else; `name` is what the sentence calls the input.
 */
export async function* decodedText(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  let held: Uint8Array = new Uint8Array();
  try {
    for await (const chunk of chunks) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      if (decoder === null && bytes.length < markBytes) {
        held = bytes;
        continue;
      }
      held = new Uint8Array();
      decoder ??= decoderFor(bytes);
      yield decoder.decode(bytes, { stream: true });
    }
    decoder ??= decoderFor(held);
    yield decoder.decode(held);
  } catch (error) {
    throw error instanceof TypeError
      ? new ExplainError("input-unreadable", "{0} is not UTF-8 text. Save it as UTF-8.", name)
      : error;
  }
}

function decoderFor([first, second]: Uint8Array): TextDecoder {
  const encoding =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding, { fatal: true });
}

/** What a stream gives, as bytes. */
export async function* bytesOf(stream: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  }
}
