// Delivery by the compiled binary: a real mail server, a real receiver, and a kill in the worst moment.
import { afterEach, describe, expect, test } from "bun:test";
import type { Delivery } from "../../src/model/delivery.ts";
import { type MailServer, startMailServer } from "../notify/mailServer.ts";
import { binaryMissing, emptyFolder, nines, type Running, serve } from "../support/binary.ts";
import { aSchedule, type Client, clientOf, type Json } from "../support/server.ts";

const why = binaryMissing ? ` [${binaryMissing}]` : "";
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

type World = { folder: string; mail: MailServer; environment: Record<string, string> };

async function aWorld(mailOptions: Parameters<typeof startMailServer>[0] = {}): Promise<World> {
  const folder = emptyFolder();
  const mail = await startMailServer(mailOptions);
  stops.push(folder.remove, mail.stop);
  const environment = {
    NINES_SMTP_URL: `smtp://127.0.0.1:${mail.smtp.port}`,
    NINES_MAIL_FROM: "nines@example.com",
    NINES_WEBHOOK_ALLOW_PRIVATE: "true",
  };
  return { folder: folder.path, mail, environment };
}

async function started({ folder, environment }: World): Promise<{ server: Running; client: Client }> {
  const server = await serve(folder, environment);
  stops.push(() => server.stop("SIGKILL"));
  const { out } = await nines(folder, ["token", "--workspace", "acme"]);
  return { server, client: clientOf(server.url, out.trim()) };
}

/** Queues a run of a schedule for these targets; gives its report once `isSo` holds for its deliveries. */
async function reportOf(client: Client, fields: Record<string, unknown>, isSo: (all: Delivery[]) => boolean) {
  const { body } = await client.post("/reports/sla/schedules", aSchedule(fields));
  const { id } = await client.run(body.id, "2026-01-01", "2026-01-31");
  return untilDelivered(client, id, isSo);
}
async function untilDelivered(client: Client, id: string, isSo: (all: Delivery[]) => boolean): Promise<Json> {
  for (;;) {
    const { body } = await client.get(`/reports/sla/reports/${id}`);
    if (isSo(body.deliveries)) return body;
    await Bun.sleep(10);
  }
}
const areOver = (all: Delivery[]) => all.every(({ state }) => state !== "queued");

describe.skipIf(binaryMissing !== null)(`the binary${why}`, () => {
  test(`sends a finished report by e-mail and webhook${why}`, async () => {
    const world = await aWorld();
    const bodies: Json[] = [];
    const receiver = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        bodies.push(await request.json());
        return new Response();
      },
    });
    stops.push(() => receiver.stop(true));
    const { client } = await started(world);
    const webhooks = [{ url: `http://127.0.0.1:${receiver.port}/` }];
    const group = (await client.post("/notification-groups", { name: "Ops", webhooks })).body;
    const fields = { notification_group: group.id, recipients: ["boss@example.com"] };
    const report = await reportOf(client, fields, areOver);
    expect(report.deliveries).toMatchObject([{ state: "sent" }, { state: "sent" }]);
    expect(world.mail.received[0]?.mail.attachments[0]?.contentType).toBe("application/pdf");
    expect(bodies).toMatchObject([{ event: "report.completed", report: { id: report.id } }]);
  });

  test(`killed before the mail server has answered, it sends again, recognisably${why}`, async () => {
    const hung = Promise.withResolvers<void>();
    const messageIds: string[] = [];
    const world = await aWorld({
      onData: async (stream, _session, callback) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of stream) chunks.push(chunk as Uint8Array);
        const raw = Buffer.concat(chunks).toString("latin1");
        messageIds.push(/^Message-ID: (.*)$/im.exec(raw)?.[1] ?? "");
        if (messageIds.length === 1) hung.resolve();
        else callback();
      },
    });
    const first = await started(world);
    const { id } = await reportOf(
      first.client,
      { recipients: ["boss@example.com"] },
      ([one]) => one?.attempts === 1,
    );
    await hung.promise;
    await first.server.stop("SIGKILL");
    const { client } = await started(world);
    const report = await untilDelivered(client, id, areOver);
    expect(report.deliveries).toMatchObject([{ state: "sent", attempts: 2 }]);
    expect(messageIds).toHaveLength(2);
    expect(messageIds[1]).toBe(messageIds[0] as string);
  });
});
