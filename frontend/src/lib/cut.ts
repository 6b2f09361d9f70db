/** An interval of a clip, in milliseconds from its start. */
export type Cut = { starts: number; ends: number };

/**
 * What leaves when `wanted` is chosen: the same rule as the server's `cutting.plan`. Unless `exact`, the start moves
 * back to a key frame and the end forward to one, or to the clip's end.
 */
export function plan(wanted: Cut, keyframes: readonly number[], duration: number, exact: boolean): Cut {
  const { starts, ends } = clamped(wanted, duration);
  if (exact) return { starts, ends };
  const keys = [...keyframes].sort((a, b) => a - b);
  const before = keys.filter((key) => key <= starts).at(-1) ?? keys[0] ?? 0;
  const after = keys.find((key) => key >= ends) ?? duration;
  return { starts: before, ends: after };
}

/** Inside the clip, in whole milliseconds, the end after the start. */
export function clamped({ starts, ends }: Cut, duration: number): Cut {
  const first = within(Math.round(starts) || 0, 0, Math.max(0, duration - 1));
  return { starts: first, ends: within(Math.round(ends) || 0, first + 1, duration) };
}

/** The places where a handle may stop: key frames and both ends. */
export function stops(keyframes: readonly number[], duration: number): number[] {
  const inside = keyframes.filter((key) => key > 0 && key < duration);
  return [...new Set([0, ...inside, duration])].sort((a, b) => a - b);
}

/** The stop nearest to `at`. */
export function nearest(at: number, among: readonly number[]): number {
  return among.reduce((best, stop) => (Math.abs(stop - at) < Math.abs(best - at) ? stop : best), among[0] ?? at);
}

/** The next stop in a direction, or the last one there is. */
export function next(at: number, among: readonly number[], direction: 1 | -1): number {
  const beyond = direction > 0 ? among.find((stop) => stop > at) : among.filter((stop) => stop < at).at(-1);
  return beyond ?? at;
}

function within(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
