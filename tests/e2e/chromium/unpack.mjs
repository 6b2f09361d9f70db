// Unpacks Chromium into the folder given and prints the path of its program.
import { mkdirSync } from "node:fs";
process.env.TMPDIR = process.argv[2];
// Tells the package to unpack the libraries that a bare machine lacks.
process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs22.x";
mkdirSync(process.argv[2], { recursive: true });
const { default: chromium } = await import("@sparticuz/chromium");
console.log(await chromium.executablePath());
