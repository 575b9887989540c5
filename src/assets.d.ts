// What an import of an asset gives. The binary embeds assets: those read as bytes are imported
// `with { type: "file" }` and give a path for Bun.file, those read as text `with { type: "text" }`.
declare module "*.ttf" {
  const path: string;
  export default path;
}

declare module "*.png" {
  const path: string;
  export default path;
}

declare module "*.svg" {
  const text: string;
  export default text;
}

declare module "*.css" {
  const text: string;
  export default text;
}

declare module "*.sql" {
  const text: string;
  export default text;
}

declare module "swagger-ui-dist/swagger-ui-bundle.js" {
  const path: string;
  export default path;
}

declare module "prom-client/lib/counter.js" {
  export { Counter as default } from "prom-client";
}

declare module "prom-client/lib/gauge.js" {
  export { Gauge as default } from "prom-client";
}

declare module "prom-client/lib/histogram.js" {
  export { Histogram as default } from "prom-client";
}

declare module "prom-client/lib/registry.js" {
  export { Registry as default } from "prom-client";
}

declare module "*.font" {
  const path: string;
  export default path;
}

declare module "fontkit" {
  export function create(bytes: Uint8Array): import("./report/pdf/press/fontFile.ts").ParsedFont;
}
