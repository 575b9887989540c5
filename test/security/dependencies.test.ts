// What runs besides our own code: exactly what docs/security.md lists, from one registry, with a hash.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../support/server.ts";

const ROOT = join(import.meta.dir, "../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const manifest = JSON.parse(read("package.json")) as Json;
const locked = Object.entries<Json>(JSON.parse(read("package-lock.json")).packages).filter(
  ([path]) => path !== "",
);

test("the list of dependencies says what each is for, in the version that is used", () => {
  const [, list = ""] = read("docs/security.md").split("## Dependencies");
  const listed = [...list.matchAll(/^\| `(\S+)` (\S+) \| ([^|]+) \| ([^|]+) \|$/gm)];
  expect(Object.fromEntries(listed.map(([, name, version]) => [name, version]))).toEqual(
    manifest.dependencies,
  );
});

test("every version is exact", () => {
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
    expect(`${name} ${version}`).toMatch(/^\S+ \d+\.\d+\.\d+$/);
});

test("every package comes by https, with a hash", () => {
  expect(locked.length).toBeGreaterThan(100);
  for (const [path, { resolved = "https://", integrity }] of locked) {
    expect(`${path} ${resolved}`).toStartWith(`${path} https://`);
    expect(`${path} ${integrity}`).toStartWith(`${path} sha512-`);
  }
});

test("no other package runs a script when it is installed", () => {
  const names = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  expect(names).toEqual(["node_modules/@scarf/scarf", "node_modules/bun"]);
  expect([manifest.scarfSettings, manifest.allowScripts]).toEqual([{ enabled: false }, { bun: true }]);
});
