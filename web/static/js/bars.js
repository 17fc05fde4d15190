// Round trips as a row of bars, the newest at the right.

/** How many bars there are. */
export const barCount = 30;

/**
 * The path data of the bars, in a box of 150 by 28.
 *
 * @param {number[]} values at most barCount
 */
export function bars(values) {
  // A few milliseconds should look small, not fill the box.
  const highest = Math.max(20, ...values);
  const first = barCount - values.length;
  return values
    .map((value, i) => `M${(first + i) * 5 + 2.5} 28v${(-1.5 - (value / highest) * 26).toFixed(1)}`)
    .join("");
}
