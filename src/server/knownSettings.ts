// Which variables of the environment are settings of Nines: those that are asked for. One that looks like a setting
// and is none was meant to do something, so it stops the start.
import { nearestOf } from "../model/nearest.ts";
import { SetupError } from "../model/setupError.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Read elsewhere than in the configuration. */
const ASKED_ELSEWHERE = ["NINES_DEBUG"];
/** So different may a name be that does not begin with NINES_, and still be taken for one that does. */
const MOST_CHANGES_OF_OTHERS = 2;

/** Reads settings, and then refuses what looks like one and was not asked for. Throws SetupError. */
export function readingSettings<T>(environment: Environment, read: (environment: Environment) => T): T {
  const known = new Set(ASKED_ELSEWHERE);
  const recorded = new Proxy(environment, {
    get: (settings, name: string) => {
      known.add(name);
      return settings[name];
    },
  });
  const result = read(recorded);
  for (const name of Object.keys(environment).sort()) if (environment[name]) refuseUnknown(name, known);
  return result;
}

function refuseUnknown(name: string, known: ReadonlySet<string>): void {
  if (known.has(name)) return;
  const isOurs = /^NINES_/i.test(name);
  const isLikeOurs = /^_?nines*[_-]/i.test(name);
  if (!isOurs && !isLikeOurs) return;
  const meant = nearestOf(name, known, isOurs ? undefined : MOST_CHANGES_OF_OTHERS);
  if (!isOurs && meant === null) return;
  throw new SetupError(
    meant === null
      ? `${name} is no setting of Nines; remove it, or correct its name`
      : `${name} is no setting of Nines; did you mean ${meant}?`,
  );
}
