// The code in docs/webhooks.md, as a reader would copy it, verifies what Nines signs and refuses the rest.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPyodide } from "pyodide";
import { signatureOf } from "../../src/notify/webhook.ts";

const page = readFileSync(join(import.meta.dir, "../../docs/webhooks.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "nines-webhook-docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The code block of this language. */
const codeOf = (language: string) =>
  new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "m").exec(page)?.[1] ?? "";

const NOW_S = 1_793_516_405;
const SECRET = "nws_sécret of the tests";
const BODY = '{"event": "report.completed", "name": "Zürich"}';
const signed = (timestampS: number, body = BODY, secret = SECRET) => ({
  "nines-timestamp": String(timestampS),
  "nines-signature": `v1=${signatureOf(secret, timestampS, body)}`,
});

type Case = { title: string; headers: Record<string, string>; body: string; isGood: boolean };
const CASES: Case[] = [
  { title: "a message as it came", headers: signed(NOW_S), body: BODY, isGood: true },
  { title: "one of five minutes ago", headers: signed(NOW_S - 300), body: BODY, isGood: true },
  { title: "one of a clock five minutes ahead", headers: signed(NOW_S + 300), body: BODY, isGood: true },
  { title: "one that is older", headers: signed(NOW_S - 301), body: BODY, isGood: false },
  { title: "one from further ahead", headers: signed(NOW_S + 301), body: BODY, isGood: false },
  { title: "another body", headers: signed(NOW_S), body: `${BODY} `, isGood: false },
  { title: "another secret", headers: signed(NOW_S, BODY, "other"), body: BODY, isGood: false },
  {
    title: "an old message with a new time",
    headers: { ...signed(NOW_S - 301), "nines-timestamp": String(NOW_S) },
    body: BODY,
    isGood: false,
  },
  { title: "no headers", headers: {}, body: BODY, isGood: false },
  {
    title: "a time that is none",
    headers: { ...signed(NOW_S), "nines-timestamp": "1e9" },
    body: BODY,
    isGood: false,
  },
  {
    title: "a signature that is none",
    headers: { ...signed(NOW_S), "nines-signature": "v1=é" },
    body: BODY,
    isGood: false,
  },
];

describe("the code for Node", () => {
  test.each(CASES)("on $title", async ({ headers, body, isGood }) => {
    const path = join(folder, "verify.mjs");
    writeFileSync(path, codeOf("js"));
    const { isFromNines } = (await import(path)) as {
      isFromNines: (headers: Record<string, string>, body: Buffer, secret: string, nowS: number) => boolean;
    };
    expect(isFromNines(headers, Buffer.from(body), SECRET, NOW_S)).toBe(isGood);
  });
});

/** What a script of Python prints; of the machine's own Python, else of the one that pyodide is: it starts slowly. */
async function printedBy(script: string): Promise<string> {
  if (Bun.which("python3")) {
    const { stdout, stderr } = Bun.spawnSync(["python3", "-c", script]);
    return `${stderr}${stdout}`;
  }
  const lines: string[] = [];
  const python = await loadPyodide({ stdout: (line) => lines.push(line) });
  python.runPython(script);
  return lines.join("\n");
}

test("the code for Python says the same of all of them", async () => {
  const script = [
    codeOf("python"),
    "import json",
    `verdict = lambda case: is_from_nines(case["headers"], case["body"].encode(), ${JSON.stringify(SECRET)}, ${NOW_S})`,
    `print(json.dumps([verdict(case) for case in json.loads(${JSON.stringify(JSON.stringify(CASES))})]))`,
  ].join("\n");
  expect(JSON.parse(await printedBy(script))).toEqual(CASES.map(({ isGood }) => isGood));
}, 60_000);
