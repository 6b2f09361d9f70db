/** The day that a strip shows, in milliseconds since 1970. */
export interface Day {
  starts: number;
  ends: number;
}

/** The moment under a point of a strip: `x` pixels into one of `width`. */
export function momentAt(x: number, width: number, day: Day): number {
  return day.starts + Math.min(Math.max(x / width, 0), 1) * (day.ends - day.starts);
}

/** Where a moment is on a strip, 0 to 1. */
export function shareOf(at: number, day: Day): number {
  return Math.min(Math.max((at - day.starts) / (day.ends - day.starts), 0), 1);
}

/** How far a moment is from a clip, in milliseconds; 0 within it. */
export function distance(at: number, clip: { starts: number; ends: number }): number {
  return Math.max(clip.starts - at, at - clip.ends, 0);
}

/** Which of a clip's stills shows what was to be seen `ms` into it. */
export function stillAt(ms: number, stills: { count: number; every_ms: number }): number {
  return Math.min(Math.max(Math.floor(ms / stills.every_ms), 0), stills.count - 1);
}
