type Rgb = [red: number, green: number, blue: number];

/**
 * `#rrggbb` of a computed CSS color. The tokens are written in OKLCH, which MapLibre can't read. Formula: Björn
 * Ottosson, "A perceptual color space for image processing" (2020); out of gamut is clipped.
 */
export function hex(computed: string): string {
  const numbers = computed.slice(computed.indexOf("(") + 1).match(/-?[\d.]+(?:e-?\d+)?%?/g) ?? [];
  const [a = 0, b = 0, c = 0] = numbers.map((n) => (n.endsWith("%") ? parseFloat(n) / 100 : Number(n)));
  if (computed.startsWith("oklch")) return written(fromOklab(a, b * cos(c), b * sin(c)));
  if (computed.startsWith("oklab")) return written(fromOklab(a, b, c));
  if (computed.startsWith("color(srgb")) return written([a, b, c]);
  return written([a / 255, b / 255, c / 255]);
}

const cos = (degrees: number): number => Math.cos((degrees * Math.PI) / 180);
const sin = (degrees: number): number => Math.sin((degrees * Math.PI) / 180);

function fromOklab(lightness: number, a: number, b: number): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function gamma(linear: number): number {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
}

function written(rgb: Rgb): string {
  const digits = rgb.map((part) => Math.round(Math.min(Math.max(part, 0), 1) * 255).toString(16).padStart(2, "0"));
  return `#${digits.join("")}`;
}
