// Which errors say that the disk or the database cannot take anything just now: no fault of who asked, and
// worth another try as soon as there is space again.

const CODES = /^SQLITE_(FULL|BUSY|IOERR|READONLY|CANTOPEN)|^(ENOSPC|EDQUOT|EFBIG|EROFS|EIO)$/;

/** Is this what a full or failing disk, or a locked database, throws? */
export function isStorageUnavailable(error: unknown): boolean {
  return CODES.test(codeOf(error));
}

/** Is this what a database throws that another connection has locked? It may be free the next moment. */
export function isLocked(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_BUSY");
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
