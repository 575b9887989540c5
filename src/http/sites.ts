// Sites: list, create, retrieve, change, delete, import.
import { Type } from "@sinclair/typebox";
import { importSites } from "../ingest/importSites.ts";
import { ImportResult } from "../model/fault.ts";
import { Site, SiteInput, SitePatch } from "../model/site.ts";
import { checkSite } from "../model/siteRules.ts";
import { requireScope } from "./caller/auth.ts";
import { answers, created, found, noContent, ok, pageAnswer } from "./kernel/answers.ts";
import { importStream } from "./kernel/importStream.ts";
import { PageQuery, pageOf } from "./kernel/query.ts";
import { type Route, route, workspaceOf } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";
import { readOnlyFields } from "./kernel/validate.ts";
import { TagParameter, tagRule } from "./tags.ts";

const tag = "Sites";
const readOnly = readOnlyFields(Site, SiteInput);

/** The routes of sites. */
export function siteRoutes(services: Services): Route[] {
  const { store } = services;
  const idOf = (call: { params: Record<string, string> }) => call.params["id"] ?? "";
  return [
    route({
      method: "GET",
      path: "/sites",
      operationId: "listSites",
      tag,
      summary: "List sites",
      scopes: ["sla:read", "fault:read"],
      query: Type.Object({
        ...PageQuery,
        name: Type.Optional(Type.String({ description: "Only sites with exactly this name." })),
        external_id: Type.Optional(Type.String({ description: "Only the site with this external id." })),
        tag: Type.Optional(
          Type.Array(Type.String(TagParameter), {
            maxItems: 20,
            description: "Only sites with all these tags.",
          }),
        ),
      }),
      answers: answers.list(Site, "Sites, newest first."),
      refusals: [],
      handle: (call) => {
        const page = pageOf(call.query);
        const { name, external_id: externalId, tag: tags } = call.query;
        const filter = { name, externalId, tags: tags?.map((text) => tagRule(text, "tag")) };
        return pageAnswer(store.sites.list(workspaceOf(call), filter, page), page);
      },
    }),
    route({
      method: "POST",
      path: "/sites",
      operationId: "createSite",
      tag,
      summary: "Create a site",
      description:
        "Schedules choose and group sites by their tags. Faults of a WAN link name it by the `id` it is given here.",
      scopes: ["sla:write"],
      body: SiteInput,
      readOnly,
      answers: answers.made(Site, "The new site."),
      refusals: ["parameter_missing", "parameter_invalid", "reference_not_found", "already_exists"],
      handle: (call) => {
        checkSite(call.body);
        const site = store.sites.create(workspaceOf(call), call.body);
        return created(site, `/sites/${site.id}`);
      },
    }),
    route({
      method: "POST",
      path: "/sites/import",
      operationId: "importSites",
      tag,
      summary: "Import sites from NDJSON or CSV",
      description:
        "A stream of any length, one site a row, with the fields of a site. Rows are recognised by `external_id`, else by `name`; the same file again changes nothing. In CSV, tags are columns named `tag:Key`; several values have `|` between. Bad rows are refused one by one; the good ones stay.",
      scopes: ["sla:write"],
      streams: {
        "application/x-ndjson": `{"name": "Zurich", "external_id": "zrh-1", "tags": {"Region": "EMEA", "Service": ["web", "api"]}}\n`,
        "text/csv": "name,external_id,tag:Region,tag:Service\nZurich,zrh-1,EMEA,web|api\n",
      },
      answers: answers.one(ImportResult, "What became of the rows."),
      refusals: ["parameter_missing", "parameter_unknown", "parameter_invalid", "unsupported_media_type"],
      handle: async (call) =>
        ok(
          await importSites({
            context: store.context,
            workspace: workspaceOf(call),
            ...importStream(services, call.request),
          }),
        ),
    }),
    route({
      method: "GET",
      path: "/sites/{id}",
      operationId: "getSite",
      tag,
      summary: "Retrieve a site",
      scopes: ["sla:read", "fault:read"],
      answers: answers.one(Site, "The site."),
      refusals: ["not_found"],
      handle: (call) => ok(found(store.sites.get(workspaceOf(call), idOf(call)), "site", idOf(call))),
    }),
    route({
      method: "PATCH",
      path: "/sites/{id}",
      operationId: "updateSite",
      tag,
      summary: "Change some fields of a site",
      description:
        "`tags` and `wan_links` are replaced as a whole; a link keeps its faults when its `id` is given.",
      scopes: ["sla:write"],
      body: SitePatch,
      readOnly,
      answers: answers.one(Site, "The site as it is now."),
      refusals: [
        "parameter_missing",
        "parameter_invalid",
        "reference_not_found",
        "already_exists",
        "in_use",
        "not_found",
      ],
      handle: (call) => {
        checkSite(call.body);
        return ok(found(store.sites.update(workspaceOf(call), idOf(call), call.body), "site", idOf(call)));
      },
    }),
    route({
      method: "DELETE",
      path: "/sites/{id}",
      operationId: "deleteSite",
      tag,
      summary: "Delete a site with its faults",
      description:
        "Its faults are deleted with it, for good: that takes the scope `fault:write` too. It leaves every schedule and maintenance window that names it. Finished reports stay as they are.",
      scopes: ["sla:write"],
      answers: answers.gone,
      refusals: ["not_found"],
      handle: (call) => {
        // Its faults go with it: whoever may not delete one of them may not delete all of them.
        const faults = found(store.sites.faultCount(workspaceOf(call), idOf(call)), "site", idOf(call));
        if (faults > 0) requireScope(call.principal, ["fault:write"]);
        store.sites.remove(workspaceOf(call), idOf(call));
        return noContent();
      },
    }),
  ];
}
