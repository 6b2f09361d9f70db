/** What is covered, as the server's `redaction/marks.py`: places are ten-thousandths of the picture, times milliseconds. */
export const WHOLE = 10_000;
export const SMALLEST = 40;

export type Anchor = [at: number, left: number, top: number, width: number, height: number];
export type Mark = { kind: "drawn" | "face" | "person"; starts_ms: number; ends_ms: number; still: boolean; anchors: Anchor[] };
export type Place = { left: number; top: number; width: number; height: number };

/** Inside the picture, in whole numbers, no smaller than a mark may be. */
export function placed({ left, top, width, height }: Place): Place {
  const wide = within(Math.round(width), SMALLEST, WHOLE);
  const high = within(Math.round(height), SMALLEST, WHOLE);
  return { left: within(Math.round(left), 0, WHOLE - wide), top: within(Math.round(top), 0, WHOLE - high), width: wide, height: high };
}

/** About where the mark's box is: between two anchors on the straight way, outside them at the nearest; null outside its time. */
export function placeAt(mark: Mark, at: number): Place | null {
  if (at < mark.starts_ms || at >= mark.ends_ms) return null;
  const before = mark.anchors.filter((anchor) => anchor[0] <= at).at(-1);
  const after = mark.anchors.find((anchor) => anchor[0] > at);
  const one = before ?? after;
  if (!one) return null;
  if (!before || !after || mark.still) return { left: one[1], top: one[2], width: one[3], height: one[4] };
  const part = (at - before[0]) / (after[0] - before[0]);
  const [left, top, width, height] = [1, 2, 3, 4].map((n) => Math.round((before[n] ?? 0) + part * ((after[n] ?? 0) - (before[n] ?? 0))));
  return placed({ left: left ?? 0, top: top ?? 0, width: width ?? 0, height: height ?? 0 });
}

/** The mark with its box put somewhere at a moment, which becomes an anchor. */
export function anchored(mark: Mark, at: number, place: Place): Mark {
  const { left, top, width, height } = placed(place);
  const anchors = [...mark.anchors.filter((anchor) => anchor[0] !== at), [at, left, top, width, height] as Anchor];
  return { ...mark, anchors: anchors.sort((a, b) => a[0] - b[0]) };
}

/** The mark from a moment on, or up to one; null where nothing of it is left. What was anchored outside moves to the edge. */
export function limited(mark: Mark, side: "starts_ms" | "ends_ms", at: number): Mark | null {
  const next = { ...mark, [side]: at };
  if (next.starts_ms >= next.ends_ms) return null;
  const inside = next.anchors.filter((anchor) => anchor[0] >= next.starts_ms && anchor[0] < next.ends_ms);
  if (inside.length) return { ...next, anchors: inside };
  const edge = side === "starts_ms" ? at : at - 1;
  const place = placeAt(mark, edge);
  return place && edge >= next.starts_ms ? anchored({ ...next, anchors: [] }, edge, place) : null;
}

function within(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
