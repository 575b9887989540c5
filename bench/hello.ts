// The least server there is: the baseline of startup.ts, compiled as Nines is.
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  fetch: () => new Response("ok"),
});
process.stdout.write(`listens on http://127.0.0.1:${server.port}\n`);
