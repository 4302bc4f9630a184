import GRDB
import Testing

@testable import Journal

@Suite("What SQLite's errors mean")
struct JournalErrorTests {
    @Test(
        "A failing disk refuses all, a statement that is wrong only its own write",
        arguments: [
            (ResultCode.SQLITE_FULL, JournalError.Code.unavailable), (.SQLITE_IOERR, .unavailable), (.SQLITE_NOMEM, .unavailable),
            (.SQLITE_BUSY, .unavailable), (.SQLITE_READONLY, .unavailable), (.SQLITE_CORRUPT, .unavailable),
            (.SQLITE_CONSTRAINT, .rejected), (.SQLITE_TOOBIG, .rejected), (.SQLITE_ERROR, .rejected), (.SQLITE_MISMATCH, .rejected),
        ])
    func code(result: ResultCode, code: JournalError.Code) {
        #expect(JournalError(DatabaseError(resultCode: result)).code == code)
    }
}
