import GRDB
import Testing

@testable import SQLiteStore

@Suite("The meaning of SQLite's errors")
struct SQLiteErrorTests {
    @Test(
        "A failing disk refuses all writes, an invalid statement only its own",
        arguments: [
            (ResultCode.SQLITE_FULL, true), (.SQLITE_IOERR, true), (.SQLITE_NOMEM, true), (.SQLITE_BUSY, true), (.SQLITE_READONLY, true),
            (.SQLITE_CORRUPT, true), (.SQLITE_IOERR_FSYNC, true), (.SQLITE_CONSTRAINT, false), (.SQLITE_TOOBIG, false),
            (.SQLITE_ERROR, false), (.SQLITE_MISMATCH, false), (.SQLITE_CONSTRAINT_UNIQUE, false),
        ])
    func system(code: ResultCode, isOfTheSystem: Bool) {
        #expect(SQLiteError(resultCode: code).isOfTheSystem == isOfTheSystem)
    }

    @Test(
        "Errors are described in plain words before SQLite's own",
        arguments: [
            (ResultCode.SQLITE_FULL, "database or disk is full", "the disk is full (SQLite 13: database or disk is full)"),
            (.SQLITE_BUSY, "database is locked", "another process holds the lock of the file (SQLite 5: database is locked)"),
            (.SQLITE_NOTADB, "no header", "the file is not a SQLite database (SQLite 26: no header)"),
        ] as [(ResultCode, String, String)])
    func plainWords(code: ResultCode, message: String, reason: String) {
        #expect(SQLiteError(resultCode: code, message: message).reason == reason)
    }

    @Test("A temporary error does not count as damage")
    func passing() {
        for code in [ResultCode.SQLITE_FULL, .SQLITE_BUSY, .SQLITE_NOMEM] {
            #expect(SQLiteError(resultCode: code).mayPass && !SQLiteError(resultCode: code).isDamage)
        }
        for code in [ResultCode.SQLITE_CORRUPT, .SQLITE_NOTADB] {
            #expect(!SQLiteError(resultCode: code).mayPass && SQLiteError(resultCode: code).isDamage)
        }
        #expect(SQLiteError(resultCode: .SQLITE_IOERR_SHORT_READ).mayBeDamage && !SQLiteError(resultCode: .SQLITE_IOERR).mayBeDamage)
    }
}
