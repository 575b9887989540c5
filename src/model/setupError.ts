// What stops a start or a command with one clear line: a wrong setting, a folder that is taken.

/** Its message is all that the user sees. */
export class SetupError extends Error {
  override name = "SetupError";
}
