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

/** Milliseconds of what was typed, such as 0:07.3 or 67.3; null where it is no moment. As the server's `web/moments.py`. */
export function readMoment(text: string): number | null {
  const found = /^(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,4})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (!found) return null;
  const [hours = 0, minutes = 0, seconds = 0] = found.slice(1, 4).map((part) => Number(part ?? 0));
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + Number((found[4] ?? "").padEnd(3, "0"));
}

/** 1:07.3: to the tenth, and to the millisecond only where it isn't a whole tenth. */
export function writtenMoment(ms: number): string {
  const parts = ms % 1000;
  const fraction = parts % 100 === 0 ? String(parts / 100) : String(parts).padStart(3, "0");
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}.${fraction}`;
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
