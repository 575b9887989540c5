// The documentation that the server itself gives: /openapi.json, /docs, and a page for every error code.
// Nothing on these pages comes from another host.
import { Type } from "@sinclair/typebox";
import swaggerCss from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import swaggerScript from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import { ERROR_CODES, type ErrorCode } from "../model/errors.ts";
import { type JsonBytes, jsonBytes } from "../model/writtenJson.ts";
import { inParts } from "./caller/unreadAnswers.ts";
import { answers, found, writtenJson } from "./kernel/answers.ts";
import type { Kernel } from "./kernel/kernel.ts";
import type { Mounted } from "./kernel/mounted.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { openApiDocument } from "./openapi/document.ts";

const tag = "Documentation";

/** The operations of documentation. `documented` gives all operations that the OpenAPI document describes. */
export const docRoutes = (documented: () => Mounted[]) => (kernel: Kernel) => {
  let document: JsonBytes<AnswerOf<typeof GetOpenApi>> | null = null;
  // Written once: it does not change while the server runs, and anybody may ask for it as often as they like.
  function getOpenApi({
    services: { baseUrl, version },
  }: CallOf<typeof GetOpenApi>): AnswerOf<typeof GetOpenApi> {
    document ??= jsonBytes(openApiDocument(documented(), baseUrl, version));
    return writtenJson(document);
  }
  return kernel
    .get("/openapi.json", getOpenApi, GetOpenApi)
    .get("/docs", getDocs, GetDocs)
    .get("/docs/swagger-ui.css", getDocsStyle, GetDocsStyle)
    .get("/docs/swagger-ui.js", getDocsScript, GetDocsScript)
    .get("/docs/start.js", getDocsStart, GetDocsStart)
    .get("/docs/errors", listErrorPages, ListErrorPages)
    .get("/docs/errors/:code", getErrorPage, GetErrorPage);
};

const GetOpenApi = operation({
  operationId: "getOpenApi",
  tag,
  summary: "This API as an OpenAPI 3.0.3 document",
  scopes: "public",
  answers: answers.one(Type.Object({}, { additionalProperties: true }), "The document."),
  refusals: [],
});

/** What all pages have in common. */
const page = (operationId: string, summary: string) => ({
  operationId,
  tag,
  summary,
  scopes: "public" as const,
  answers: { 200: { description: `${summary}.`, contentType: "text/html" } },
});

const GetDocs = operation({ ...page("getDocs", "The documentation of this API"), refusals: [] });

function getDocs(): AnswerOf<typeof GetDocs> {
  return html("API", API_PAGE, OWN_SCRIPTS);
}

const ListErrorPages = operation({ ...page("listErrorPages", "All error codes"), refusals: [] });

function listErrorPages(): AnswerOf<typeof ListErrorPages> {
  return html("Error codes", errorList());
}

const GetErrorPage = operation({
  ...page("getErrorPage", "What an error code means"),
  params: Type.Object({
    code: Type.String({ description: "The error's `code`.", documentedEnum: Object.keys(ERROR_CODES) }),
  }),
  refusals: ["not_found"],
});

function getErrorPage({ params: { code } }: CallOf<typeof GetErrorPage>): AnswerOf<typeof GetErrorPage> {
  const known = Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : null;
  return html(code, errorPage(found(known, "error code", code)));
}

const STYLE_TYPE = "text/css; charset=utf-8";
const SCRIPT_TYPE = "text/javascript; charset=utf-8";

const asset = (operationId: string, contentType: string) =>
  operation({
    operationId,
    tag,
    summary: "A part of the documentation page",
    scopes: "public",
    answers: { 200: { description: "The file.", contentType: contentType.split(";")[0] ?? "" } },
    refusals: [],
  });

const GetDocsStyle = asset("getDocsStyle", STYLE_TYPE);
const GetDocsScript = asset("getDocsScript", SCRIPT_TYPE);
const GetDocsStart = asset("getDocsStart", SCRIPT_TYPE);

// As bytes: of a file, or its stream, the runtime would send the part that a Range asks for.
// Once in memory and in parts: whoever asks and does not read holds next to nothing, for this needs no token.
async function getDocsStyle(): Promise<AnswerOf<typeof GetDocsStyle>> {
  return assetAnswer(inParts(await bytesOf(swaggerCss)), STYLE_TYPE);
}

async function getDocsScript(): Promise<AnswerOf<typeof GetDocsScript>> {
  return assetAnswer(inParts(await bytesOf(swaggerScript)), SCRIPT_TYPE);
}

const bytesByPath = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

function bytesOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = bytesByPath.get(path) ?? Bun.file(path).bytes();
  bytesByPath.set(path, bytes);
  return bytes;
}

function getDocsStart(): AnswerOf<typeof GetDocsStart> {
  return assetAnswer(START_SCRIPT, SCRIPT_TYPE);
}

function assetAnswer(content: string | ReadableStream<Uint8Array>, contentType: string): Response {
  return new Response(content, {
    headers: { "Content-Type": contentType, "Cache-Control": "public, max-age=86400" },
  });
}

/** Try-outs go to the address the page came from, whatever name the server has for itself. */
const START_SCRIPT = `fetch("/openapi.json")
  .then((answer) => answer.json())
  .then((spec) => {
    spec.servers = [{ url: location.origin }];
    SwaggerUIBundle({
      spec,
      dom_id: "#swagger-ui",
      deepLinking: true,
      validatorUrl: null,
      docExpansion: "list",
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
    });
  });
`;

const API_PAGE = `<link rel="stylesheet" href="/docs/swagger-ui.css">
<p>To try operations out, press <b>Authorize</b> and paste a token. This makes one, on the server's machine:
<code>nines token --workspace NAME</code></p>
<div id="swagger-ui"><p>Reading <a href="/openapi.json">/openapi.json</a> …</p></div>
<noscript><p>This page needs JavaScript; <a href="/openapi.json">/openapi.json</a> says the same.</p></noscript>
<script src="/docs/swagger-ui.js"></script>
<script src="/docs/start.js"></script>`;

const STYLE = `body{font:16px/1.55 system-ui,sans-serif;margin:0;color:#1d2733;background:#fff}
header{background:#14323f;color:#fff}header>div,main{max-width:72rem;margin:auto;padding:.8rem 20px}
header>div{display:flex;gap:1.6rem;align-items:baseline}header b{font-size:1.25rem;letter-spacing:.02em;margin-right:auto}
header a{color:#d5e8ee}a{color:#0b6e8a}h1{font-size:1.6rem;margin:.8rem 0}
main>p code,main>table code{background:#eef1f4;padding:.1em .3em;border-radius:3px;font-size:.9em;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #dde3e8;vertical-align:top}
#swagger-ui .wrapper{padding:0;max-width:none}#swagger-ui .info{margin:1rem 0}#swagger-ui .scheme-container{box-shadow:none;padding:0 0 1rem}`;

/** A page may use the one style above, by its hash, and nothing else; `more` is what it needs besides. */
const PAGE_POLICY = `default-src 'none'; style-src 'self' 'sha256-${new Bun.CryptoHasher("sha256").update(STYLE).digest("base64")}'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
const OWN_SCRIPTS = "; script-src 'self'; connect-src 'self'";

/** None of what a page could ask of the browser or of windows that opened it. */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "public, max-age=3600",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
};

function html(title: string, body: string, more = ""): Response {
  const text = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} – Nines</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head><body>
<header><div><b>Nines</b><a href="/docs">API</a><a href="/docs/errors">Error codes</a><a href="/openapi.json">openapi.json</a></div></header>
<main>
${body}
</main>
</body></html>
`;
  return new Response(text, {
    headers: { ...PAGE_HEADERS, "Content-Security-Policy": PAGE_POLICY + more },
  });
}

function errorList(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, title }]) =>
      `<tr><td><a href="/docs/errors/${code}"><code>${code}</code></a></td><td>${status}</td><td>${escaped(title)}</td></tr>`,
  );
  return `<h1>Error codes</h1><table><tr><th>Code</th><th>Status</th><th>Meaning</th></tr>${rows.join("\n")}</table>`;
}

function errorPage(code: ErrorCode): string {
  const { status, type, title, explanation } = ERROR_CODES[code];
  return `<p><a href="/docs/errors">Error codes</a></p><h1>${escaped(title)}</h1>
<p><code>${code}</code> · HTTP ${status} · <code>${type}</code></p><p>${withCode(explanation)}</p>`;
}

/** Text with `code` in it, as HTML. */
function withCode(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

function escaped(text: string): string {
  return Bun.escapeHTML(text);
}
