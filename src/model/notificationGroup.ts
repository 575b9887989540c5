// Notification groups: who is told of finished reports, by e-mail or webhook.
import { type Static, Type } from "@sinclair/typebox";
import { Delivery } from "./delivery.ts";
import { EmailAddress, Id, Instant, Nullable, Text } from "./fields.ts";

const url = Type.String({
  minLength: 10,
  maxLength: 1000,
  pattern: "^https?://[^\\s/?#@\\\\]+(?:[/?#][^\\s\\\\]*)?$",
  inWords:
    "an http or https address such as https://hooks.example.com/nines, without a user name, of at most 1000 characters",
  description:
    "Where messages are posted to: an http or https address without a user name. Private and local addresses are refused unless the server allows them.",
  example: "https://hooks.example.com/nines",
});

export const WebhookInput = Type.Object(
  {
    url,
    secret: Type.Optional(
      Nullable(
        Type.String({
          minLength: 16,
          maxLength: 200,
          pattern: "^[!-~]+$",
          inWords: "text of 16 to 200 visible ASCII characters, without spaces",
          description:
            "Signs the messages: 16 to 200 visible ASCII characters. Left out or null: a known address keeps its secret, a new one gets one that is told in the answer.",
          example: "a-secret-of-your-own",
        }),
      ),
    ),
  },
  { $id: "WebhookInput", additionalProperties: false },
);
export type WebhookInput = Static<typeof WebhookInput>;

export const Webhook = Type.Object(
  {
    url,
    secret: Nullable(
      Type.String({
        description: "Told once, in the answer to the request that made the server generate it; else null.",
      }),
    ),
  },
  { $id: "Webhook" },
);
export type Webhook = Static<typeof Webhook>;

const name = Text(100, "What the group is called.");
const emails = Type.Array(EmailAddress("An e-mail address."), {
  maxItems: 50,
  description: "Who gets an e-mail; each gets one of their own.",
});
const WEBHOOKS = { maxItems: 10, description: "Which webhooks are called." };

export const NotificationGroupInput = Type.Object(
  {
    name,
    emails: Type.Optional({ ...emails, whenLeftOut: [] }),
    webhooks: Type.Optional(Type.Array(WebhookInput, { ...WEBHOOKS, whenLeftOut: [] })),
  },
  { $id: "NotificationGroupInput", additionalProperties: false },
);
export type NotificationGroupInput = Static<typeof NotificationGroupInput>;

export const NotificationGroup = Type.Object(
  {
    id: Id("notificationGroup", "The group's id."),
    name,
    emails,
    webhooks: Type.Array(Webhook, WEBHOOKS),
    last_test: Type.Array(Delivery, {
      description: "What became of the newest test's messages; empty before the first test.",
    }),
    created_at: Instant("When it was created."),
    updated_at: Instant("When it was last changed."),
  },
  { $id: "NotificationGroup" },
);
export type NotificationGroup = Static<typeof NotificationGroup>;
