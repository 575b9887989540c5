// Holds every file of src and test to the rules of the layout, and shows of each rule that it can fail.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  circlesOfImports,
  clocksInTheCore,
  entriesWithoutTheirEnvironment,
  filesThatDoNotSayWhatTheyAre,
  importsAgainstTheDirection,
  inputOrOutputInPureFolders,
  longFiles,
  looseFiles,
  namesThatSayNothing,
  packagesInTheArithmetic,
  sqlOutsideTheStore,
} from "./architecture.rules.ts";
import { moduleOf, type Source, separate } from "./architecture.source.ts";

const ROOT = join(import.meta.dir, "..");
const FILES = "{src,test}/**/*.{ts,tsx,js,css,html,sql}";
const project: Source[] = [...new Bun.Glob(FILES).scanSync(ROOT)].map((path) => ({
  path,
  text: readFileSync(join(ROOT, path), "utf8"),
}));

/** A made-up source file. */
const file = (path: string, ...lines: string[]): Source => ({ path, text: lines.join("\n") });

describe("folders import in one direction only", () => {
  test("in this project", () => expect(importsAgainstTheDirection(project)).toEqual([]));

  test("the arithmetic may import nothing of src", () => {
    const source = file(
      "src/sla/uptime.ts",
      "// x",
      'import { a } from "./intervals.ts";',
      'import type { B } from "../model/b.ts";',
    );
    expect(importsAgainstTheDirection([source])).toEqual(["src/sla/uptime.ts:3 imports src/model/b.ts"]);
  });

  test.each([
    ["src/model/site.ts", "../store/sites.ts"],
    ["src/store/sites.ts", "../report/build.ts"],
    ["src/store/database/open.ts", "../../http/sites.ts"],
    ["src/store/sites.ts", "../version.ts"],
    ["src/report/pdf/render.ts", "../../render/fonts.ts"],
    ["src/report/build.ts", "../store/faults.ts"],
    ["src/render/renderer.ts", "../jobs/attempt.ts"],
    ["src/feeds/generic.ts", "../ingest/rows.ts"],
    ["src/notify/mail.ts", "../jobs/worker.ts"],
    ["src/jobs/worker.ts", "../http/runs.ts"],
    ["src/http/runs.ts", "../jobs/worker.ts"],
    ["src/http/runs.ts", "../server/app.ts"],
    ["src/server/app.ts", "../cli/serve.ts"],
    ["src/cli/serve.ts", "../main.ts"],
    ["src/http/runs.ts", "../../test/builders.ts"],
    ["src/http/caller/auth.ts", "../kernel/operation.ts"],
    ["src/http/kernel/kernel.ts", "../sites.ts"],
    ["src/http/kernel/kernel.ts", "../openapi/document.ts"],
    ["src/render/fonts.ts", "../../dist/fonts/bold.font"],
    ["src/render/fontsOfBuild.ts", "../../dist/nines"],
  ])("%s may not import %s", (path, imported) => {
    expect(importsAgainstTheDirection([file(path, `import "${imported}";`)])).toHaveLength(1);
  });

  test.each([
    ["src/http/page.ts", "../web/page.css"],
    ["src/http/uptime.ts", "../render/makeReport.ts"],
    ["src/http/uptime.ts", "./caller/costs.ts"],
    ["src/http/kernel/kernel.ts", "../caller/auth.ts"],
    ["src/jobs/reportJob.ts", "../render/renderer.ts"],
    ["src/render/makeReport.ts", "../report/build.ts"],
    ["src/render/thread.ts", "../env.ts"],
    ["src/render/fontsOfBuild.ts", "../../dist/fonts/bold.font"],
    ["src/store/sites.ts", "../sla/selection.ts"],
    ["src/server/app.ts", "../http/runs.ts"],
    ["src/cli/serve.ts", "../server/app.ts"],
    ["src/cli/report.ts", "../version.ts"],
    ["src/main.ts", "./cli/serve.ts"],
  ])("%s may import %s", (path, imported) => {
    expect(importsAgainstTheDirection([file(path, `import "${imported}";`)])).toEqual([]);
  });

  test.each([
    'export { a } from "../http/a.ts";',
    'export * from "../http/a.ts";',
    'import a, {\n  type B,\n} from "../http/a.ts";',
    'const a = await import("../http/a.ts");',
    'type A = import("../http/a.ts").A;',
    'const a = require("../http/a.ts");',
    'new Worker(new URL("../http/a.ts", import.meta.url));',
  ])("an import is found in %s", (line) => {
    expect(importsAgainstTheDirection([file("src/store/a.ts", line)])).toHaveLength(1);
  });

  test.each([
    '// import "../http/a.ts";',
    "const text = 'import \"../http/a.ts\"';",
    "/* import '../http/a.ts' */",
  ])("no import is found in %s", (line) =>
    expect(importsAgainstTheDirection([file("src/store/a.ts", line)])).toEqual([]),
  );

  test("a new folder needs a rule", () => {
    expect(importsAgainstTheDirection([file("src/misc/a.ts")])).toEqual([
      "src/misc/a.ts:1 no rule says what src/misc may import",
    ]);
  });
});

describe("nothing lies loose in src", () => {
  test("in this project", () => expect(looseFiles(project)).toEqual([]));

  test("but the entry, its environment, the version and the types of assets", () => {
    const allowed = ["main.ts", "env.ts", "version.ts", "assets.d.ts"].map((name) => file(`src/${name}`));
    expect(looseFiles([...allowed, file("src/app.ts"), file("src/http/app.ts")])).toEqual([
      "src/app.ts:1 lies in src itself, not in a folder",
    ]);
  });
});

describe("the arithmetic uses date-fns, rrule and the data of moment-timezone, no other package", () => {
  test("in this project", () => expect(packagesInTheArithmetic(project)).toEqual([]));

  test("nor the code of moment-timezone, nor Node", () => {
    const allowed = [
      'import { addDays } from "date-fns";',
      'import z from "moment-timezone/data/packed/latest.json";',
    ];
    const refused = ['import moment from "moment-timezone";', 'import { join } from "node:path";'];
    expect(packagesInTheArithmetic([file("src/sla/zone.ts", ...allowed, ...refused)])).toEqual([
      "src/sla/zone.ts:3 imports moment-timezone",
      "src/sla/zone.ts:4 imports node:path",
    ]);
  });
});

describe("sla, model and report do no input or output", () => {
  test("in this project", () => expect(inputOrOutputInPureFolders(project)).toEqual([]));

  test.each([
    'import { Database } from "bun:sqlite";',
    'import { readFileSync } from "node:fs";',
    'import { writeFile } from "fs/promises";',
    'const bytes = await Bun.file("logo.png").bytes();',
    "const { file } = Bun;",
    'const page = await fetch("https://example.com");',
    'const level = process.env["LEVEL"];',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template in a made-up source
    'const text = `level ${process.env["LEVEL"]}`;',
  ])("which %s is", (line) => {
    for (const folder of ["sla", "model", "report/pdf"]) {
      expect(inputOrOutputInPureFolders([file(`src/${folder}/a.ts`, line)])).toHaveLength(1);
    }
    expect(inputOrOutputInPureFolders([file("src/store/a.ts", line)])).toEqual([]);
  });

  test.each([
    'const text = "fetch the process from Bun";',
    "type Order = { process: string; fetch?: number };",
    "const bytes = Bun.deflateSync(page);",
  ])("which %s is not", (line) => {
    expect(inputOrOutputInPureFolders([file("src/report/a.ts", line)])).toEqual([]);
  });
});

describe("sla and model are told the time, and know zones by their own tables", () => {
  test("in this project", () => expect(clocksInTheCore(project)).toEqual([]));

  test.each([
    "const now = Date.now();",
    "const now = new Date();",
    "const now = new Date( );",
    "const now = new Date;",
    "const now = new UTCDate();",
    "const now = Date();",
    "const now = Temporal.Now.instant();",
    'const format = new Intl.DateTimeFormat("en");',
    "const now = performance.now();",
  ])("which forbids %s", (line) => {
    expect(clocksInTheCore([file("src/sla/a.ts", line)])).toHaveLength(1);
    expect(clocksInTheCore([file("src/model/a.ts", line)])).toHaveLength(1);
    expect(clocksInTheCore([file("src/server/app.ts", line)])).toEqual([]);
  });

  test.each([
    "const day = new Date(ms);",
    "const day = new Date(\n  ms,\n);",
    "const ms = Date.UTC(2024, 1, 29);",
    "const day: Date = given;",
  ])("which allows %s", (line) => expect(clocksInTheCore([file("src/sla/a.ts", line)])).toEqual([]));
});

describe("the programs set up their environment before they import anything else", () => {
  test("in this project", () => expect(entriesWithoutTheirEnvironment(project)).toEqual([]));

  test.each(["src/main.ts", "src/render/thread.ts"])("as %s must", (path) => {
    const [env, other] = [
      `import "${path === "src/main.ts" ? "." : ".."}/env.ts";`,
      'import { Elysia } from "elysia";',
    ] as const;
    expect(entriesWithoutTheirEnvironment([file(path, "// x", env, other)])).toEqual([]);
    expect(entriesWithoutTheirEnvironment([file(path, "// x", other, env)])).toEqual([
      `${path}:2 imports something before env.ts`,
    ]);
    expect(entriesWithoutTheirEnvironment([file(path, "// x")])).toHaveLength(1);
  });
});

describe("no file imports itself by way of others", () => {
  test("in this project", () => expect(circlesOfImports(project)).toEqual([]));

  test("not by types either", () => {
    const a = file("src/sla/a.ts", 'import { b } from "./b.ts";');
    const b = file("src/sla/b.ts", 'import { c } from "./c.ts";');
    const c = file("src/sla/c.ts", 'import type { A } from "./a.ts";');
    expect(circlesOfImports([a, b, c])).toEqual([
      "src/sla/a.ts → src/sla/b.ts → src/sla/c.ts → src/sla/a.ts",
    ]);
    expect(circlesOfImports([a, b])).toEqual([]);
  });

  test("but a thread may import from the file that starts it", () => {
    const starter = file("src/render/renderer.ts", 'new Worker(new URL("./thread.ts", import.meta.url));');
    const thread = file("src/render/thread.ts", 'import type { Order } from "./renderer.ts";');
    expect(circlesOfImports([starter, thread])).toEqual([]);
  });
});

describe("SQL is in the store and nowhere else", () => {
  test("in this project", () => expect(sqlOutsideTheStore(project)).toEqual([]));

  test.each([
    'import { Database } from "bun:sqlite";',
    'import type { Database } from "bun:sqlite";',
    'const sql = "SELECT id FROM sites";',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template in a made-up source
    "const sql = `\n  SELECT ${columns}\n  FROM sites`;",
    "const sql = 'INSERT INTO sites VALUES (?)';",
    'const sql = "INSERT OR IGNORE INTO sites VALUES (?)";',
    'const sql = "UPDATE sites SET name = ?";',
    'const sql = "DELETE FROM sites";',
    'const sql = "select id from sites";',
  ])("which %s is", (line) => {
    expect(sqlOutsideTheStore([file("src/http/sites.ts", line)])).toHaveLength(1);
    expect(sqlOutsideTheStore([file("src/server/app.ts", line)])).toHaveLength(1);
    expect(sqlOutsideTheStore([file("src/store/sites.ts", line)])).toEqual([]);
  });

  test.each([
    'const text = "Select the sites from the list";',
    "// SELECT id FROM sites",
    'const text = "updates the set of sites";',
  ])("which %s is not", (line) => expect(sqlOutsideTheStore([file("src/http/sites.ts", line)])).toEqual([]));
});

describe("no file is longer than 300 lines, no test than 350", () => {
  test("in this project", () => expect(longFiles(project)).toEqual([]));

  test("which the last line break does not change", () => {
    const lines = (count: number) => "x\n".repeat(count);
    expect(longFiles([file("src/a.ts", lines(300)), file("test/a.test.ts", lines(350))])).toEqual([]);
    expect(longFiles([file("src/a.ts", lines(301)), file("test/a.test.ts", lines(351))])).toEqual([
      "src/a.ts:301 has 301 lines, more than 300",
      "test/a.test.ts:351 has 351 lines, more than 350",
    ]);
  });
});

describe("a file's name says what is in it", () => {
  test("in this project", () => expect(namesThatSayNothing(project)).toEqual([]));

  test.each([
    "src/utils.ts",
    "src/http/helpers.ts",
    "src/common/a.ts",
    "src/jobs/jobManager.ts",
    "test/date-util.ts",
  ])("which %s does not", (path) => expect(namesThatSayNothing([file(path)])).toHaveLength(1));

  test.each(["src/http/commonwealth.ts", "src/store/utilization.ts", "src/jobs/queue.ts"])(
    "which %s does",
    (path) => {
      expect(namesThatSayNothing([file(path)])).toEqual([]);
    },
  );
});

describe("every file of src starts with a comment that says what lives there", () => {
  test("in this project", () => expect(filesThatDoNotSayWhatTheyAre(project)).toEqual([]));

  test.each([
    file("src/a.ts", 'import "./b.ts";', "// What lives here, too late."),
    file("src/a.ts", "// Sites.", "export const a = 1;"),
    file("src/store/a.sql", "CREATE TABLE sites (id TEXT);"),
    file("src/web/a.css", "body { margin: 0 }"),
    file("src/web/a.html", "<!doctype html>", "<p>What is on this page</p>"),
  ])("which $path with $text does not", (source) => {
    expect(filesThatDoNotSayWhatTheyAre([source])).toHaveLength(1);
  });

  test.each([
    file("src/a.ts", "// Sites and what", "// belongs to them.", "export const a = 1;"),
    file("src/a.ts", "/** Sites and what belongs to them. */", "export const a = 1;"),
    file("src/store/a.sql", "-- The first tables of all.", "CREATE TABLE sites (id TEXT);"),
    file("src/web/a.css", "/* How the page looks, in colour. */", "body { margin: 0 }"),
    file("src/web/a.html", "<!doctype html>", "<!-- The page, without its data. -->"),
  ])("which $path with $text does", (source) => {
    expect(filesThatDoNotSayWhatTheyAre([source])).toEqual([]);
  });
});

describe("the reader of sources", () => {
  test("keeps every line where it was", () => {
    const text =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a template in a made-up source
      "/* a\nb */ const c = `d\n${e(`f\n`)}\n`;\n// g\nconst h = /[/'\"]`/.test(i) ? 1 / 2 : 'j';\n";
    const { code, literals } = separate(text);
    expect(code.split("\n")).toHaveLength(text.split("\n").length);
    expect(literals.map(({ text: literal, line }) => [literal, line])).toEqual([
      ["f\n", 3],
      ["d\n?\n", 2],
      ["[/'\"]`", 7],
      ["j", 7],
    ]);
  });

  test("finds every import that Bun's own parser finds in this project", () => {
    const transpiler = new Bun.Transpiler({ loader: "ts" });
    for (const source of project.filter(({ path }) => path.endsWith(".ts"))) {
      const found = moduleOf(source).imports.map(({ specifier }) => specifier);
      const expected = transpiler.scanImports(source.text).map(({ path }) => path);
      expect(found, source.path).toEqual(expect.arrayContaining(expected));
    }
  });
});

test("NOTICE names every package that the program may contain, with its licence", () => {
  type Locked = { license?: string; dev?: boolean; devOptional?: boolean };
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, Locked>;
  };
  const expected = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional)
    .map(([path, { license }]) => `  ${path.replace(/^.*node_modules\//, "")} (${license ?? "MIT"}): `);
  const notice = readFileSync(join(ROOT, "NOTICE"), "utf8");
  expect(expected.filter((line) => !notice.includes(line))).toEqual([]);
});
