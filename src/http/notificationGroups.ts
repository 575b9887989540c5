// Notification groups: list, create, retrieve, replace, delete, test.

import { randomBytes } from "node:crypto";
import { Type } from "@sinclair/typebox";
import { status } from "elysia";
import { Deliveries } from "../model/delivery.ts";
import { NinesError } from "../model/errors.ts";
import { NotificationGroup, NotificationGroupInput } from "../model/notificationGroup.ts";
import { checkGroup, completeGroup, withSecrets } from "../model/notificationGroupRules.ts";
import { flawOf } from "../notify/webhookUrl.ts";
import { tooManyTests } from "../store/deliveries.ts";
import { answers, created, found, noContent, pageAnswer } from "./kernel/answers.ts";
import { type EntityTag, unlessChanged } from "./kernel/etag.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idParam } from "./kernel/params.ts";
import { PageQuery, pageOf } from "./kernel/query.ts";
import { readOnlyFields } from "./kernel/validate.ts";

const tag = "Notification Groups";
const what = "notification group";
const params = idParam("notificationGroup", "The notification group's id");
const etag: EntityTag<NotificationGroup, { id: string }> = {
  current: ({ services: { store }, principal, params: { id } }) =>
    store.notificationGroups.get(principal.workspace, id),
  byItself: ["last_test"],
  asRead: (group) => withSecrets(group, new Map()),
};
const readOnly = readOnlyFields(NotificationGroup, NotificationGroupInput);
const newSecret = () => `nws_${randomBytes(32).toString("base64url")}`;

/** The operations on notification groups. */
export const notificationGroupRoutes = (kernel: Kernel) =>
  kernel
    .get("/notification-groups", listNotificationGroups, ListNotificationGroups)
    .post("/notification-groups", createNotificationGroup, CreateNotificationGroup)
    .get("/notification-groups/:id", getNotificationGroup, GetNotificationGroup)
    .put("/notification-groups/:id", replaceNotificationGroup, ReplaceNotificationGroup)
    .delete("/notification-groups/:id", deleteNotificationGroup, DeleteNotificationGroup)
    .post("/notification-groups/:id/test", testNotificationGroup, TestNotificationGroup);

const ListNotificationGroups = operation({
  operationId: "listNotificationGroups",
  tag,
  summary: "List notification groups",
  scopes: ["sla:read"],
  query: Type.Object(PageQuery),
  answers: answers.list(NotificationGroup, "Notification groups, newest first."),
  refusals: [],
});

function listNotificationGroups({
  services: { store },
  principal,
  query,
}: CallOf<typeof ListNotificationGroups>): AnswerOf<typeof ListNotificationGroups> {
  const page = pageOf(query);
  return pageAnswer(store.notificationGroups.list(principal.workspace, page), page);
}

const CreateNotificationGroup = operation({
  operationId: "createNotificationGroup",
  tag,
  etag,
  summary: "Create a notification group",
  description:
    "Schedules name it as their `notification_group`. Needs at least one e-mail address or webhook. A webhook without a `secret` gets one, which is told in this answer and never again.",
  scopes: ["sla:write"],
  body: NotificationGroupInput,
  readOnly,
  answers: answers.made(NotificationGroup, "The new group, with the secrets that were generated."),
  refusals: ["parameter_missing", "parameter_invalid"],
});

async function createNotificationGroup({
  services,
  principal,
  body,
  set,
}: CallOf<typeof CreateNotificationGroup>): Promise<AnswerOf<typeof CreateNotificationGroup>> {
  const { store, allowsPrivateWebhooks } = services;
  checkGroup(body);
  refuseForbidden(body, allowsPrivateWebhooks);
  const { settings, generated } = completeGroup(body, [], newSecret);
  const group = await store.write(() => store.notificationGroups.create(principal.workspace, settings));
  return created(set, withSecrets(group, generated), `/notification-groups/${group.id}`);
}

const GetNotificationGroup = operation({
  operationId: "getNotificationGroup",
  tag,
  etag,
  summary: "Retrieve a notification group",
  description: "With what became of its newest test. Secrets are not told.",
  scopes: ["sla:read"],
  params,
  answers: answers.one(NotificationGroup, "The group."),
  refusals: ["not_found"],
});

function getNotificationGroup({
  services: { store },
  principal,
  params: { id },
}: CallOf<typeof GetNotificationGroup>): AnswerOf<typeof GetNotificationGroup> {
  return found(store.notificationGroups.get(principal.workspace, id), what, id);
}

const ReplaceNotificationGroup = operation({
  operationId: "replaceNotificationGroup",
  tag,
  etag,
  summary: "Replace a notification group",
  description:
    "Reports that are finished from now on go to the new addresses. A webhook that the group had keeps its secret when `secret` is left out or null.",
  scopes: ["sla:write"],
  params,
  body: NotificationGroupInput,
  readOnly,
  answers: answers.one(NotificationGroup, "The group as it is now, with secrets that were generated."),
  refusals: ["parameter_missing", "parameter_invalid", "not_found"],
});

async function replaceNotificationGroup(
  call: CallOf<typeof ReplaceNotificationGroup>,
): Promise<AnswerOf<typeof ReplaceNotificationGroup>> {
  const { services, principal, params, body } = call;
  const { store, allowsPrivateWebhooks } = services;
  checkGroup(body);
  refuseForbidden(body, allowsPrivateWebhooks);
  let generated: ReadonlyMap<string, string> = new Map();
  const replace = () =>
    store.notificationGroups.replace(principal.workspace, params.id, (known) => {
      const completed = completeGroup(body, known, newSecret);
      generated = completed.generated;
      return completed.settings;
    });
  const group = await unlessChanged(call, etag, replace);
  return withSecrets(found(group, what, params.id), generated);
}

const DeleteNotificationGroup = operation({
  operationId: "deleteNotificationGroup",
  tag,
  etag,
  summary: "Delete a notification group",
  description: "Not while a schedule uses it.",
  scopes: ["sla:write"],
  params,
  answers: answers.gone,
  refusals: ["not_found", "in_use"],
});

async function deleteNotificationGroup(
  call: CallOf<typeof DeleteNotificationGroup>,
): Promise<AnswerOf<typeof DeleteNotificationGroup>> {
  const { services, principal, params } = call;
  const remove = () => services.store.notificationGroups.remove(principal.workspace, params.id);
  found((await unlessChanged(call, etag, remove)) || null, what, params.id);
  return noContent();
}

const TestNotificationGroup = operation({
  operationId: "testNotificationGroup",
  tag,
  summary: "Send a test message to a notification group",
  description:
    "One to each e-mail address and webhook, once a minute. What becomes of them is in the group's `last_test`.",
  scopes: ["sla:write"],
  params,
  answers: { 202: { description: "The messages are queued.", schema: Deliveries } },
  refusals: ["not_found", "too_many_tests", "too_many_queued_deliveries", "too_many_messages"],
});

async function testNotificationGroup({
  services,
  principal: { workspace },
  params: { id },
}: CallOf<typeof TestNotificationGroup>): Promise<AnswerOf<typeof TestNotificationGroup>> {
  const { store, wakeWorker, waitOfTest } = services;
  const admit = () => {
    const waitS = waitOfTest(workspace);
    if (waitS > 0) throw tooManyTests("The workspace's groups were tested ten times within a minute", waitS);
  };
  const deliveries = await store.write(() => store.deliveries.enqueueTest(workspace, id, admit));
  wakeWorker();
  return status(202, { deliveries: found(deliveries, what, id) });
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
