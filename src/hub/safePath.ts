const longestPath = 400;
const longestPart = 200;
/** Names of devices on Windows, whatever follows their dot. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * Whether the path of a file that a hub names stays, on every system, a plain file below a folder: relative, with forward slashes, without `..`, drives, streams,
 * devices, control and unseen characters, and no longer than systems take.
 */
export function isSafePath(path: string): boolean {
  return path.length <= longestPath && path.split("/").every(isSafePart);
}

function isSafePart(part: string): boolean {
  return (
    part !== "" &&
    Buffer.byteLength(part) <= longestPart &&
    !/[\p{C}\p{Zl}\p{Zp}\\:*?"<>|]/u.test(part) &&
    // Windows drops a last dot or space, and `.` and `..` end in one.
    !/[. ]$|^ /.test(part) &&
    !reserved.test(part)
  );
}
