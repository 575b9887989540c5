// nines serve
import { Command } from "commander";
import { startApp } from "../server/app.ts";
import { type ConfigFlags, readConfig } from "../server/config.ts";
import { openLog } from "../server/log.ts";
import { dataOption } from "./options.ts";
import { printLines } from "./print.ts";

/** Runs the server until SIGTERM or SIGINT. */
export function serveCommand(): Command {
  return new Command("serve")
    .description("run the server")
    .addOption(dataOption())
    .option("--host <address>", "address to listen on (NINES_HOST, 127.0.0.1)")
    .option("--port <number>", "port to listen on (NINES_PORT, 8080; 0 for any)")
    .action(async (flags: ConfigFlags) => {
      const config = readConfig(flags, process.env);
      const log = openLog(config.log);
      const stopAsked = new Promise<void>((resolve) => {
        process.once("SIGTERM", resolve);
        process.once("SIGINT", resolve);
      });
      const app = await startApp({ config, log });
      printLines([
        `Nines listens on ${app.url} (data in ${config.dataFolder}; API documentation at ${app.url}/docs)`,
      ]);
      await stopAsked;
      await app.stop();
      process.exit(0);
    });
}
