/** No fewer values than this are told to be alike: of fewer, the spread is not known. */
const fewestAlike = 4;
/** No value is moved by more than so many of its standard errors. */
const furthest = 1;

/**
 * Values with known variances, drawn towards their mean, the more the less they spread beyond what their errors alone would make them: empirical Bayes for normal values of one true variance,
 * found by moments (James and Stein 1961; Morris 1983), and none drawn far (limited translation, Efron and Morris 1971). What has no variance stays as it is.
 */
export function shrink(values: Float64Array, variances: Float64Array): Float64Array {
  const count = values.length;
  if (count < fewestAlike) {
    return values;
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const noise = variances.reduce((sum, value) => sum + value, 0) / count;
  const beyond = Math.max(0, spread - noise);
  // Mean and spread are estimates themselves.
  const known = (count - 3) / (count - 1);
  return values.map((value, i) => {
    const variance = variances[i] ?? 0;
    if (!(variance > 0)) {
      return value;
    }
    const move = ((known * variance) / (variance + beyond)) * (mean - value);
    const bound = furthest * Math.sqrt(variance);
    return value + Math.max(-bound, Math.min(bound, move));
  });
}
