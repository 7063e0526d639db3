/**
 * Variables for the engine process by which the C library of most Linux systems gives blocks of so many bytes and more back as soon as they are freed. It would
 * otherwise keep up to twice of what a long run takes, as it raises its own limit with the blocks it sees; a lower limit gives back little more, and costs time
 * in short texts. Of smaller blocks it keeps what the next step of a run takes: the limit for these would fall to 128 kB with the first setting, and every step would have its memory given to it anew.
 */
export const allocatorSettings = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 22),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 24),
} as const;
