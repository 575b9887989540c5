// Recorded sites and outages of the digital editions, where they are at hand.
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { importFaults } from "../../src/ingest/importFaults.ts";
import { importSites } from "../../src/ingest/importSites.ts";
import { freshStore, WORKSPACE } from "./freshStore.ts";

const FOLDER = resolve(import.meta.dir, "../../../shared/data/editions");
const isThere = existsSync(FOLDER);
if (!isThere)
  console.warn("skipped: import of recorded outages: there is no folder with them beside the checkout");
const NAME = "recorded sites and outages are imported, and again nothing changes";

test.skipIf(!isThere)(isThere ? NAME : `${NAME} [needs the folder of real outages]`, async () => {
  const { context, facts } = freshStore();
  const from = (name: string) => ({
    context,
    workspace: WORKSPACE,
    format: "ndjson" as const,
    body: Bun.file(resolve(FOLDER, name)).stream(),
  });
  const linesOf = async (name: string) =>
    (await Bun.file(resolve(FOLDER, name)).text()).trimEnd().split("\n").length;
  const [sites, faults] = [await linesOf("sites.ndjson"), await linesOf("faults.ndjson")];
  expect(await importSites(from("sites.ndjson"))).toMatchObject({
    rows: sites,
    created: sites,
    refused: 0,
    errors: [],
  });
  expect(await importFaults(from("faults.ndjson"))).toMatchObject({
    rows: faults,
    created: faults,
    refused: 0,
    errors: [],
  });
  const first = facts();
  expect(await importSites(from("sites.ndjson"))).toMatchObject({ unchanged: sites });
  expect(await importFaults(from("faults.ndjson"))).toMatchObject({ unchanged: faults });
  expect(facts()).toEqual(first);
});
