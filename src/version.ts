// The version of this Nines. A build fixes it by a define; from sources it is that of package.json.
import { version } from "../package.json";

declare const BUILD_VERSION: string | undefined;

export const VERSION: string = typeof BUILD_VERSION === "undefined" ? version : BUILD_VERSION;
