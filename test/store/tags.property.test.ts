// A selection by tags means the sites that its rules match, though only some are looked at closely.
import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import { matches } from "../../src/sla/selection.ts";
import { selectSites } from "../../src/store/selectedSites.ts";
import { examples } from "../support/chance.ts";
import { aStore } from "./aStore.ts";

const store = aStore();
afterAll(() => store.close());

const aValue = fc.constantFrom(
  "a",
  "A",
  'qu"ote',
  "back\\slash",
  "é",
  "e\u0301",
  "\ud83d\ude00",
  "tab\t",
  "\u2028",
  "%_",
);
const aKey = fc.constantFrom("Key", "KEY2", "\u00c9tage", "e\u0301tage");
const someTags = fc.dictionary(
  aKey,
  fc.oneof(aValue, fc.uniqueArray(aValue, { minLength: 1, maxLength: 3 })),
  {
    maxKeys: 3,
  },
);
const someRules = fc.array(fc.record({ key: aKey, value: aValue }), { maxLength: 4 });

test("by all rules or by one of them", () => {
  fc.assert(
    fc.property(
      fc.array(someTags, { maxLength: 5 }),
      someRules,
      fc.constantFrom("and", "or"),
      (sites, rules, logic) => {
        store.context.db.run("DELETE FROM sites");
        for (const [index, tags] of sites.entries()) store.sites.create("acme", { name: `${index}`, tags });
        const wanted = (by: "and" | "or") =>
          sites.flatMap((tags, index) => (matches(tags, rules, by) ? [`${index}`] : []));
        const selection = { mode: "tags", rules, logic: logic as "and" | "or" } as const;
        expect(selectSites(store.context, "acme", selection).map(({ name }) => name)).toEqual(
          wanted(selection.logic),
        );
        if (rules.length === 0) return;
        const listed = store.sites.list("acme", { tags: rules }, { page: 1, perPage: 9 }).data;
        expect(listed.map(({ name }) => name).sort()).toEqual(wanted("and"));
      },
    ),
    examples(200),
  );
});
