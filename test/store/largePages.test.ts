// A page of schedules that name many sites is refused before it is made, and a smaller one is given.
import { expect, test } from "bun:test";
import { NinesError } from "../../src/model/errors.ts";
import { MOST_SITES_OF_PAGE } from "../../src/store/schedules.ts";
import { aStore, SETTINGS } from "./aStore.ts";

test("a page of schedules that name more than 100,000 sites in all is refused, and ten are always given", () => {
  const store = aStore();
  const site = store.sites.create("acme", { name: "Bern", external_id: null, tags: {}, wan_links: [] });
  const schedules = Array.from({ length: 11 }, () => store.schedules.create("acme", SETTINGS).id);
  const each = Math.ceil(MOST_SITES_OF_PAGE / 11);
  const name = store.context.db.query(
    `WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
     INSERT INTO schedule_sites (schedule_seq, position, site_seq)
     SELECT (SELECT seq FROM schedules WHERE id = ?), n, (SELECT seq FROM sites WHERE id = ?) FROM n`,
  );
  for (const id of schedules) name.run(each - 1, id, site.id);
  const list = (perPage: number) => store.schedules.list("acme", {}, { page: 1, perPage });
  let refused: unknown;
  try {
    list(100);
  } catch (error) {
    refused = error;
  }
  expect(refused).toBeInstanceOf(NinesError);
  expect(refused).toMatchObject({ reason: "parameter_invalid", param: "per_page" });
  const { data, total } = list(10);
  expect({ entries: data.length, total }).toEqual({ entries: 10, total: 11 });
  store.context.db.run("DELETE FROM schedule_sites WHERE position >= 9000");
  expect(list(100).data).toHaveLength(11);
  store.close();
});
