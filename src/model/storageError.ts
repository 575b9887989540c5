// Which errors say that the disk or the database cannot take anything just now: no fault of who asked, and
// worth another try as soon as there is space again.

const CODES = /^SQLITE_(FULL|BUSY|IOERR|READONLY|CANTOPEN)|^(ENOSPC|EDQUOT|EFBIG|EROFS|EIO)$/;

/** Is this what a full or failing disk, or a locked database, throws? */
export function isStorageUnavailable(error: unknown): boolean {
  return error instanceof Error && "code" in error && CODES.test(String(error.code));
}
