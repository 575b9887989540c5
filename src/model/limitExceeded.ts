// The error of work that took more time or memory than it may.

/** It would again, and holds up others: so such work is tried only twice. The message is a clause beginning "it". */
export class LimitExceeded extends Error {}
