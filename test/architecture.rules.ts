// The rules that keep the layout what docs/architecture.md says. Each takes the sources and gives what
// breaks it, as "path:line what". architecture.test.ts holds the project, and made-up sources, to them.
import { lineAt, type Module, moduleOf, type Source } from "./architecture.source.ts";

const CORE = ["model", "sla"];
const INNER = ["store", "report", ...CORE];
const MIDDLE = ["render", "feeds", "ingest", "notify", ...INNER];
const OUTER = ["http", "jobs", ...MIDDLE];

/** Which folders of src each folder of src may import, besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  sla: [],
  model: ["sla"],
  store: CORE,
  report: CORE,
  web: [],
  render: INNER,
  feeds: INNER,
  ingest: INNER,
  notify: INNER,
  jobs: MIDDLE,
  http: ["web", ...MIDDLE],
  server: OUTER,
  cli: ["server", ...OUTER],
};
/** Inside http: the kernel knows callers, and nobody there knows a resource. */
const MAY_IMPORT_IN_HTTP: Record<string, readonly string[]> = {
  "http/caller": [],
  "http/kernel": ["http/caller"],
  "http/openapi": ["http/kernel"],
};
/** These may know the version. */
const MAY_IMPORT_ROOT_FILES = ["render", "http", "server", "cli"];
/** All that may lie in src itself. */
const ROOT_FILES = ["src/main.ts", "src/env.ts", "src/version.ts", "src/assets.d.ts"];
/** What imports the fonts that the build has prepared. */
const BUILT_FONTS = "src/render/fontsOfBuild.ts";
/** Where the processor begins: the program, and each thread. */
const ENTRIES = [
  "src/main.ts",
  "src/render/thread.ts",
  "src/render/readerThread.ts",
  "src/ingest/storeThread.ts",
];

/** The folder of src that a file is in; "" for the files of src itself. */
function folderOf(path: string): string {
  return path.match(/^src\/([^/]+)\//)?.[1] ?? "";
}

export function looseFiles(sources: Source[]): string[] {
  return within("src", sources)
    .filter(({ path }) => folderOf(path) === "" && !ROOT_FILES.includes(path))
    .map(({ path }) => `${path}:1 lies in src itself, not in a folder`);
}

export function importsAgainstTheDirection(sources: Source[]): string[] {
  return modulesIn("src", sources).flatMap(({ path, imports }) => {
    const from = folderOf(path);
    if (from === "") return [];
    const allowed = MAY_IMPORT[from];
    if (!allowed) return [`${path}:1 no rule says what src/${from} may import`];
    return imports.flatMap(({ file, line }) =>
      file === null || isAllowed(path, file) ? [] : [`${path}:${line} imports ${file}`],
    );
  });
}

function isAllowed(path: string, file: string): boolean {
  const [from, to] = [folderOf(path), folderOf(file)];
  if (path === BUILT_FONTS) return /^dist\/fonts\/\w+\.font$/.test(file);
  if (!file.startsWith("src/") || file === "src/main.ts") return false;
  if (file === "src/env.ts") return ENTRIES.includes(path);
  if (to === "") return MAY_IMPORT_ROOT_FILES.includes(from);
  return to === from ? isAllowedInHttp(path, file) : (MAY_IMPORT[from]?.includes(to) ?? false);
}

function isAllowedInHttp(path: string, file: string): boolean {
  const [from, to] = [path, file].map((one) => one.match(/^src\/(http\/[^/]+)\//)?.[1] ?? "");
  const allowed = MAY_IMPORT_IN_HTTP[from ?? ""];
  return !allowed || to === from || allowed.includes(to ?? "");
}

const SLA_PACKAGES =
  /^(?:date-fns(?:\/|$)|@date-fns\/utc(?:\/date\/mini)?$|rrule$|moment-timezone\/data\/.*\.json$)/;

export function packagesInTheArithmetic(sources: Source[]): string[] {
  return modulesIn("src/sla", sources).flatMap(({ path, imports }) =>
    imports
      .filter(({ file, specifier }) => file === null && !SLA_PACKAGES.test(specifier))
      .map(({ specifier, line }) => `${path}:${line} imports ${specifier}`),
  );
}

const PURE = ["src/sla", "src/model", "src/report"];
const IO_PACKAGES =
  /^(?:bun$|bun:|(?:node:)?(?:fs|os|net|http|https|http2|tls|dgram|dns|child_process|worker_threads|cluster|process|sqlite|readline)(?:\/|$))/;
const PURE_OF_BUN = "hash|CryptoHasher|deflateSync|inflateSync|gzipSync|gunzipSync|escapeHTML|stringWidth";
const IO_NAMES = new RegExp(
  `(?<![.\\w$])(?:Bun\\b(?!\\s*\\.\\s*(?:${PURE_OF_BUN})\\b)|(?:process|fetch|Worker|WebSocket)\\b(?!\\s*[?]?:))`,
  "g",
);

export function inputOrOutputInPureFolders(sources: Source[]): string[] {
  return PURE.flatMap((folder) => modulesIn(folder, sources)).flatMap((module) => [
    ...module.imports
      .filter(({ specifier }) => IO_PACKAGES.test(specifier))
      .map(({ specifier, line }) => `${module.path}:${line} imports ${specifier}`),
    ...usesOf(IO_NAMES, module),
  ]);
}

const CLOCKS =
  /(?<![.\w$])(?:Date\s*\.\s*now\b|new\s+\w*Date\b(?!\s*\(\s*[^\s)])|(?<!\bnew\s+)Date\s*\(|Intl\b|Temporal\b|performance\s*\.)/g;

export function clocksInTheCore(sources: Source[]): string[] {
  return ["src/sla", "src/model"]
    .flatMap((folder) => modulesIn(folder, sources))
    .flatMap((module) => usesOf(CLOCKS, module));
}

export function entriesWithoutTheirEnvironment(sources: Source[]): string[] {
  return modulesIn("src", sources)
    .filter(({ path }) => ENTRIES.includes(path))
    .filter(({ imports }) => imports[0]?.file !== "src/env.ts")
    .map(({ path, imports }) => `${path}:${imports[0]?.line ?? 1} imports something before env.ts`);
}

/** Types count too. A thread that is started does not: it has its own copy of everything. */
export function circlesOfImports(sources: Source[]): string[] {
  const importsOf = new Map(
    modulesIn("src", sources).map(({ path, imports }) => [
      path,
      imports.flatMap(({ file, startsThread }) => (file === null || startsThread ? [] : [file])),
    ]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: string[]) => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" → "));
    if (way.includes(file) || done.has(file)) return;
    for (const next of importsOf.get(file) ?? []) visit(next, [...way, file]);
    done.add(file);
  };
  for (const file of importsOf.keys()) visit(file, []);
  return circles;
}

const SQL = [
  /\bSELECT\b[\s\S]*\bFROM\b|\bINSERT\s+(?:OR\s+\w+\s+)?INTO\b|\bUPDATE\b[\s\S]*\bSET\b|\bDELETE\s+FROM\b/,
  /^\s*(?:select\s[\s\S]*\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s)/,
];

export function sqlOutsideTheStore(sources: Source[]): string[] {
  return modulesIn("src", sources)
    .filter(({ path }) => folderOf(path) !== "store")
    .flatMap(({ path, imports, literals }) => [
      ...imports
        .filter(({ specifier }) => specifier === "bun:sqlite")
        .map(({ line }) => `${path}:${line} imports bun:sqlite`),
      ...literals
        .filter(({ text }) => SQL.some((words) => words.test(text)))
        .map(({ line }) => `${path}:${line} has SQL`),
    ]);
}

const LONGEST = { src: 300, test: 350 };

export function longFiles(sources: Source[]): string[] {
  return Object.entries(LONGEST).flatMap(([folder, longest]) =>
    within(folder, sources).flatMap(({ path, text }) => {
      const lines = text.trimEnd().split("\n").length;
      return lines > longest ? [`${path}:${longest + 1} has ${lines} lines, more than ${longest}`] : [];
    }),
  );
}

const NAMES_THAT_SAY_NOTHING = /^(?:utils?|helpers?|common|managers?)$/i;

export function namesThatSayNothing(sources: Source[]): string[] {
  const isEmpty = (path: string) =>
    path.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).some((word) => NAMES_THAT_SAY_NOTHING.test(word));
  return sources
    .filter(({ path }) => isEmpty(path))
    .map(({ path }) => `${path}:1 could hold anything, by its name`);
}

const FIRST_COMMENT: Record<string, RegExp> = {
  html: /^(?:<!doctype html>\s*)?<!--([\s\S]*?)-->/i,
  sql: /^((?:--.*\n)+)/,
  css: /^\/\*([\s\S]*?)\*\//,
  ts: /^(?:\/\*([\s\S]*?)\*\/|((?:\/\/.*\n)+))/,
};
const FEWEST_WORDS = 2;

export function filesThatDoNotSayWhatTheyAre(sources: Source[]): string[] {
  const wordsOfFirstComment = ({ path, text }: Source) => {
    const found = FIRST_COMMENT[path.split(".").at(-1) ?? ""] ?? FIRST_COMMENT["ts"];
    return text.match(found as RegExp)?.[0].match(/[A-Za-z]+/g)?.length ?? 0;
  };
  return within("src", sources)
    .filter((source) => wordsOfFirstComment(source) < FEWEST_WORDS)
    .map(({ path }) => `${path}:1 does not start with a comment that says what lives there`);
}

function within(folder: string, sources: Source[]): Source[] {
  return sources.filter(({ path }) => path.startsWith(`${folder}/`));
}

function modulesIn(folder: string, sources: Source[]): Module[] {
  return within(folder, sources)
    .filter(({ path }) => /\.[jt]sx?$/.test(path))
    .map(moduleOf);
}

function usesOf(pattern: RegExp, { path, code }: Module): string[] {
  return [...code.matchAll(pattern)].map(
    (match) => `${path}:${lineAt(code, match.index)} uses ${match[0].replaceAll(/\s+/g, " ")}`,
  );
}
