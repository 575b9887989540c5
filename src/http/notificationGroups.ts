// Notification groups: list, create, retrieve, replace, delete, test.
import { randomBytes } from "node:crypto";
import { Type } from "@sinclair/typebox";
import { Deliveries } from "../model/delivery.ts";
import { NinesError } from "../model/errors.ts";
import { NotificationGroup, NotificationGroupInput } from "../model/notificationGroup.ts";
import { checkGroup, completeGroup, withSecrets } from "../model/notificationGroupRules.ts";
import { flawOf } from "../notify/webhookUrl.ts";
import { answers, created, found, noContent, ok, pageAnswer } from "./kernel/answers.ts";
import { PageQuery, pageOf } from "./kernel/query.ts";
import { type Route, route, workspaceOf } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";
import { readOnlyFields } from "./kernel/validate.ts";

const LIST = "/notification-groups";
const ONE = "/notification-groups/{id}";
const tag = "Notification Groups";
const what = "notification group";
const readOnly = readOnlyFields(NotificationGroup, NotificationGroupInput);
const newSecret = () => `nws_${randomBytes(32).toString("base64url")}`;

/** The routes of notification groups. */
export function notificationGroupRoutes({ store, allowsPrivateWebhooks, wakeWorker }: Services): Route[] {
  const idOf = (call: { params: Record<string, string> }) => call.params["id"] ?? "";
  const check = (input: NotificationGroupInput) => {
    checkGroup(input);
    refuseForbidden(input, allowsPrivateWebhooks);
  };
  return [
    route({
      method: "GET",
      path: LIST,
      operationId: "listNotificationGroups",
      tag,
      summary: "List notification groups",
      scopes: ["sla:read"],
      query: Type.Object(PageQuery),
      answers: answers.list(NotificationGroup, "Notification groups, newest first."),
      refusals: [],
      handle: (call) => {
        const page = pageOf(call.query);
        return pageAnswer(store.notificationGroups.list(workspaceOf(call), page), page);
      },
    }),
    route({
      method: "POST",
      path: LIST,
      operationId: "createNotificationGroup",
      tag,
      summary: "Create a notification group",
      description:
        "Schedules name it as their `notification_group`. Needs at least one e-mail address or webhook. A webhook without a `secret` gets one, which is told in this answer and never again.",
      scopes: ["sla:write"],
      body: NotificationGroupInput,
      readOnly,
      answers: answers.made(NotificationGroup, "The new group, with the secrets that were generated."),
      refusals: ["parameter_missing", "parameter_invalid"],
      handle: (call) => {
        check(call.body);
        const { settings, generated } = completeGroup(call.body, [], newSecret);
        const group = store.notificationGroups.create(workspaceOf(call), settings);
        return created(withSecrets(group, generated), `${LIST}/${group.id}`);
      },
    }),
    route({
      method: "GET",
      path: ONE,
      operationId: "getNotificationGroup",
      tag,
      summary: "Retrieve a notification group",
      description: "With what became of its newest test. Secrets are not told.",
      scopes: ["sla:read"],
      answers: answers.one(NotificationGroup, "The group."),
      refusals: ["not_found"],
      handle: (call) =>
        ok(found(store.notificationGroups.get(workspaceOf(call), idOf(call)), what, idOf(call))),
    }),
    route({
      method: "PUT",
      path: ONE,
      operationId: "replaceNotificationGroup",
      tag,
      summary: "Replace a notification group",
      description:
        "Reports that are finished from now on go to the new addresses. A webhook that the group had keeps its secret when `secret` is left out or null.",
      scopes: ["sla:write"],
      body: NotificationGroupInput,
      readOnly,
      answers: answers.one(NotificationGroup, "The group as it is now, with secrets that were generated."),
      refusals: ["parameter_missing", "parameter_invalid", "not_found"],
      handle: (call) => {
        check(call.body);
        let generated: ReadonlyMap<string, string> = new Map();
        const group = store.notificationGroups.replace(workspaceOf(call), idOf(call), (known) => {
          const completed = completeGroup(call.body, known, newSecret);
          generated = completed.generated;
          return completed.settings;
        });
        return ok(withSecrets(found(group, what, idOf(call)), generated));
      },
    }),
    route({
      method: "DELETE",
      path: ONE,
      operationId: "deleteNotificationGroup",
      tag,
      summary: "Delete a notification group",
      description: "Not while a schedule uses it.",
      scopes: ["sla:write"],
      answers: answers.gone,
      refusals: ["not_found", "in_use"],
      handle: (call) => {
        found(store.notificationGroups.remove(workspaceOf(call), idOf(call)) || null, what, idOf(call));
        return noContent();
      },
    }),
    route({
      method: "POST",
      path: `${ONE}/test`,
      operationId: "testNotificationGroup",
      tag,
      summary: "Send a test message to a notification group",
      description:
        "One to each e-mail address and webhook. What becomes of them is in the group's `last_test`.",
      scopes: ["sla:write"],
      answers: { 202: { description: "The messages are queued.", schema: Deliveries } },
      refusals: ["not_found"],
      handle: (call) => {
        const deliveries = found(
          store.deliveries.enqueueTest(workspaceOf(call), idOf(call)),
          what,
          idOf(call),
        );
        wakeWorker();
        return Response.json({ deliveries }, { status: 202 });
      },
    }),
  ];
}

/** What the name of a host stands for is looked at when a message is sent; this is what can be seen in the URL. */
function refuseForbidden({ webhooks = [] }: NotificationGroupInput, allowsPrivate: boolean): void {
  webhooks.forEach(({ url }, index) => {
    const flaw = flawOf(url, allowsPrivate);
    if (flaw === null) return;
    const param = `webhooks[${index}].url`;
    throw new NinesError("parameter_invalid", { param, message: `'${param}' cannot be called: ${flaw}.` });
  });
}
