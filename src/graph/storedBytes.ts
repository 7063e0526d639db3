/** A file that bytes are read from when they are looked at. */
export interface Store {
  /** Where the runtime finds the file, relative to the folder it is told, with `/` between the parts; `null` where it cannot read it itself. */
  readonly location: string | null;
  /** What its 32-bit floats are turned from, where it is a view of 16-bit ones. */
  readonly half?: Half;
  /** Fills `into` with what lies from `position` on; throws where the file is no longer the one that was opened. */
  read(position: number, into: Uint8Array): void;
}

/** 16-bit floats and their type. */
export interface Half {
  readonly bytes: Uint8Array;
  readonly dataType: number;
}

/** Where bytes lie that the runtime can read itself. */
export interface Place {
  readonly location: string;
  readonly offset: number;
}

interface Pages {
  readonly store: Store;
  /** Where in the file the array begins. */
  readonly position: number;
  readonly bytes: Uint8Array;
  /** 1 for each page that has been read. */
  readonly read: Uint8Array;
}

const pageSize = 2 ** 14;
const stored = new WeakMap<ArrayBufferLike, Pages>();

/**
 * A part of a file as an array that is empty until it is looked at: the system gives memory only to what is written, so a file of gigabytes costs what
 * is read of it. Views of it are looked at through {@link present}.
 */
export function storedBytes(store: Store, position: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  stored.set(bytes.buffer, { store, position, bytes, read: new Uint8Array(Math.ceil(length / pageSize)) });
  return bytes;
}

/** Elements that are computed at a time, and stay in a processor's cache. */
const elementsAtOnce = 2 ** 14;

/**
 * The bytes of 32-bit floats that are computed of narrower numbers, `width` bytes each, when they are looked at. `compute` is given the bytes of some elements and the number of the first, and gives
 * their floats, or the bits of these. `half` as {@link Store} says.
 */
export function computedFloats(
  source: Uint8Array,
  width: number,
  compute: (bytes: Uint8Array<ArrayBuffer>, first: number) => Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
  half?: Half,
): Uint8Array {
  const store: Store = {
    location: null,
    ...(half ? { half } : {}),
    read(position, into) {
      const first = position / Float32Array.BYTES_PER_ELEMENT;
      const end = first + into.length / Float32Array.BYTES_PER_ELEMENT;
      for (let at = first; at < end; at += elementsAtOnce) {
        const own = new Uint8Array(width * Math.min(elementsAtOnce, end - at));
        copyBytes(source.subarray(width * at, width * at + own.length), own, 0);
        into.set(new Uint8Array(compute(own, at).buffer), (at - first) * Float32Array.BYTES_PER_ELEMENT);
      }
    },
  };
  return storedBytes(store, 0, (source.length / width) * Float32Array.BYTES_PER_ELEMENT);
}

/** Whether bytes were made by {@link storedBytes}, or are a view of such. */
export function isStored(bytes: Uint8Array): boolean {
  return stored.has(bytes.buffer);
}

/** The same bytes, read from their file if they have not been; other bytes come back as they are. Throws what {@link Store.read} throws. */
export function present(bytes: Uint8Array): Uint8Array {
  const pages = stored.get(bytes.buffer);
  if (!pages || bytes.length === 0) {
    return bytes;
  }
  const last = Math.floor((bytes.byteOffset + bytes.length - 1) / pageSize);
  for (let page = Math.floor(bytes.byteOffset / pageSize); page <= last; page++) {
    if (pages.read[page] === 0) {
      const first = page;
      while (page < last && pages.read[page + 1] === 0) {
        page++;
      }
      const start = first * pageSize;
      pages.store.read(pages.position + start, pages.bytes.subarray(start, (page + 1) * pageSize));
      pages.read.fill(1, first, page + 1);
    }
  }
  return bytes;
}

/** Copies bytes to a place in an array; those of a file go there directly, without being kept. */
export function copyBytes(bytes: Uint8Array, into: Uint8Array, at: number): void {
  const pages = stored.get(bytes.buffer);
  if (pages && bytes.length >= pageSize) {
    pages.store.read(pages.position + bytes.byteOffset, into.subarray(at, at + bytes.length));
  } else {
    into.set(present(bytes), at);
  }
}

/** Where bytes lie, if they are part of a file that the runtime can read itself. */
export function placeOf(bytes: Uint8Array): Place | undefined {
  const pages = stored.get(bytes.buffer);
  return pages && pages.store.location !== null
    ? { location: pages.store.location, offset: pages.position + bytes.byteOffset }
    : undefined;
}

/** The same part of a file as an array of its own, of which nothing is read yet; bytes that are all of their array, and others, come back as they are. */
export function storedAlone(bytes: Uint8Array): Uint8Array {
  const pages = stored.get(bytes.buffer);
  return pages && bytes.length < pages.bytes.length
    ? storedBytes(pages.store, pages.position + bytes.byteOffset, bytes.length)
    : bytes;
}

/** The 16-bit floats that bytes are turned from, all of them, if they are such. */
export function halfOf(bytes: Uint8Array): Half | undefined {
  const pages = stored.get(bytes.buffer);
  const half = pages?.store.half;
  if (!pages || !half) {
    return undefined;
  }
  const start = (pages.position + bytes.byteOffset) / 2;
  return { ...half, bytes: half.bytes.subarray(start, start + bytes.length / 2) };
}
