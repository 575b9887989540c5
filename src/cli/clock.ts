// nines clock
import { Command } from "commander";
import { SetupError } from "../model/setupError.ts";
import { SCHEMA_VERSION, versionOf } from "../store/database/migrations.ts";
import { storeOf } from "../store/store.ts";
import { configOf, dataOption, jsonOption, openExisting, openStore } from "./options.ts";
import { printJson, printLines } from "./print.ts";

type ClockFlags = { data?: string; json?: boolean };

/** Shows whether a server holds still because its clock jumped, and tells it that the clock is right. */
export function clockCommand(): Command {
  const command = new Command("clock").description(
    "after a jump of the clock by more than a day, schedules and retention hold still for ten minutes",
  );
  command
    .command("show")
    .description("say whether the clock is believed")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((flags: ClockFlags) => print(flags, heldIn(flags)));
  command
    .command("accept")
    .description("say that the clock is right now; a running server goes on within 15 seconds")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((flags: ClockFlags) => {
      if (!heldIn(flags)) throw new SetupError("the clock is believed already; there is nothing to accept");
      const { store, close } = openStore(configOf(flags));
      try {
        store.wallClock.accept();
        print(flags, heldIn(flags));
      } finally {
        close();
      }
    });
  return command;
}

/** The jump that is not believed, as it is written down; null when there is none. Who looks changes nothing. */
function heldIn(flags: ClockFlags) {
  const db = openExisting(configOf(flags));
  try {
    refuseOlder(versionOf(db));
    return storeOf(db, Date.now, () => "").wallClock.storedHold();
  } finally {
    db.close();
  }
}

function refuseOlder(version: number): void {
  if (version >= SCHEMA_VERSION) return;
  throw new SetupError(
    `the database has schema version ${version}, this Nines has ${SCHEMA_VERSION}: 'nines serve' brings it forward; it was left as it is`,
  );
}

function print({ json }: ClockFlags, held: ReturnType<typeof heldIn>): void {
  const jumpSeconds = held && Math.round(held.jump_ms / 1000);
  const result = { held: held !== null, jump_seconds: jumpSeconds, accepted: held?.accepted === 1 };
  const words = held
    ? `the clock jumped by ${jumpSeconds} s; schedules and retention hold still${result.accepted ? " until the server has seen that it is accepted" : ""}`
    : "the clock is believed";
  if (json) printJson(result);
  else printLines([words]);
}
