// The very first import of every entry point. Elysia and Bun.serve look at NODE_ENV when they are
// loaded, and answer with internals unless it says production. The host's zone is set to UTC so that
// no Date method can give a local time by accident; local time comes from sla/zone.ts alone.
process.env["NODE_ENV"] ??= "production";
process.env["TZ"] = "UTC";
