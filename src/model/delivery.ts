// Deliveries: one message about a finished report (or a test) to one address, and what became of it.
import { type Static, Type } from "@sinclair/typebox";
import { Id, Instant, Nullable, OneOf } from "./fields.ts";

export const CHANNELS = ["email", "webhook"] as const;
export const Channel = OneOf([...CHANNELS], "How the message travels.");
export type Channel = Static<typeof Channel>;

export const DeliveryState = OneOf(
  ["queued", "sent", "failed"],
  "`queued` until it was taken over by the receiver (`sent`) or given up (`failed`).",
);
export type DeliveryState = Static<typeof DeliveryState>;

export const Delivery = Type.Object(
  {
    id: Id("delivery", "The delivery's id."),
    channel: Channel,
    target: Type.String({ description: "The e-mail address, or the webhook's URL." }),
    state: DeliveryState,
    attempts: Type.Integer({ description: "How often sending was started." }),
    error: Nullable(
      Type.String({ description: "Why the last attempt went wrong; null when it did not, or before it." }),
    ),
    created_at: Instant("When it was first queued."),
    sent_at: Nullable(Instant("When the receiver took it over; null until then.")),
  },
  { $id: "Delivery" },
);
export type Delivery = Static<typeof Delivery>;

/** What became of sending a message once. `refused`: for good; trying again would not help. */
export type SendResult = { kind: "sent" } | { kind: "refused"; reason: string };

export const Deliveries = Type.Object(
  { deliveries: Type.Array(Delivery, { description: "The deliveries, as they are now." }) },
  { $id: "Deliveries" },
);

export const ResendInput = Type.Object(
  {
    delivery_ids: Type.Optional(
      Type.Array(Id("delivery", "A delivery of the report."), {
        minItems: 1,
        maxItems: 500,
        uniqueItems: true,
        description:
          "Which to send again, sent ones too. Left out: those that failed, and those for addresses that the schedule has now and had not then.",
      }),
    ),
  },
  { $id: "ResendInput", additionalProperties: false },
);
export type ResendInput = Static<typeof ResendInput>;
