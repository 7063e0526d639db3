/**
 * Variables for the engine process by which the C library of most Linux systems gives memory of large blocks, in bytes, back as soon as it is freed. It would otherwise keep up to
 * twice of what a long run takes, as it raises its own limit with the blocks it sees.
 */
export const allocatorSettings = { MALLOC_MMAP_THRESHOLD_: String(2 ** 20) } as const;
