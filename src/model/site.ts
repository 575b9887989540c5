// Sites: what is monitored, with tags and WAN links.
import { type Static, Type } from "@sinclair/typebox";
import { Id, Instant, Nullable, Text } from "./fields.ts";

/** So many links may a site have. */
export const MAX_LINKS = 100;

const TagValue = Text(200, "A value; rules compare it exactly.");

export const Tags = Type.Record(
  Type.String({ pattern: "^(?!__proto__$)(?=.*\\S)[^\\u0000-\\u001f\\u007f]{1,100}$" }),
  Type.Union([TagValue, Type.Array(TagValue, { minItems: 1, maxItems: 50, uniqueItems: true })]),
  {
    description:
      "Tag keys (of 1 to 100 characters) with one value or several. Keys that differ only in case are one key.",
    additionalProperties: false,
    maxProperties: 50,
    example: { Region: "EMEA", Service: ["web", "api"] },
  },
);
export type Tags = Static<typeof Tags>;

export const WanLinkInput = Type.Object(
  {
    id: Type.Optional(Id("wanLink", "The link's id; give it to keep a link when the list is replaced.")),
    name: Text(200, "What the link is called."),
    isp: Type.Optional(Nullable(Text(200, "The provider of the link."))),
  },
  { additionalProperties: false },
);
export type WanLinkInput = Static<typeof WanLinkInput>;

export const WanLink = Type.Object({
  id: Id("wanLink", "The link's id; faults name it as `resource_id`."),
  name: Type.String({ description: "What the link is called." }),
  isp: Nullable(Type.String({ description: "The provider of the link." })),
});
export type WanLink = Static<typeof WanLink>;

const siteFields = {
  name: Text(200, "The site's name as it stands in reports."),
  external_id: Type.Optional(
    Nullable(Text(200, "The site's id in another system; unique within the workspace.")),
  ),
  address: Type.Optional(Nullable(Text(500, "Where the site is: a postal address or a URL."))),
  tags: Type.Optional({
    ...Tags,
    description: `${Tags.description} All tags of a site together take at most 16 KiB as JSON.`,
  }),
  monitored_since: Type.Optional(
    Nullable(Instant("Time before this is not service time: nobody watched. Null: watched all along.")),
  ),
  wan_links: Type.Optional(
    Type.Array(WanLinkInput, {
      maxItems: MAX_LINKS,
      description: "The site's WAN links; their names and providers together take at most 16 KiB.",
    }),
  ),
};

export const SiteInput = Type.Object(siteFields, { $id: "SiteInput", additionalProperties: false });
export type SiteInput = Static<typeof SiteInput>;

export const SitePatch = Type.Partial(Type.Object(siteFields), {
  $id: "SitePatch",
  additionalProperties: false,
});
export type SitePatch = Static<typeof SitePatch>;

export const Site = Type.Object(
  {
    id: Id("site", "The site's id."),
    name: Type.String({ description: "The site's name as it stands in reports." }),
    external_id: Nullable(Type.String({ description: "The site's id in another system, if it has one." })),
    address: Nullable(Type.String({ description: "Where the site is: a postal address or a URL." })),
    tags: Tags,
    monitored_since: Nullable(
      Instant("Time before this is not service time: nobody watched. Null: watched all along."),
    ),
    wan_links: Type.Array(WanLink, { description: "The site's WAN links." }),
    created_at: Instant("When the site was created."),
    updated_at: Instant("When the site was last changed."),
  },
  { $id: "Site" },
);
export type Site = Static<typeof Site>;
