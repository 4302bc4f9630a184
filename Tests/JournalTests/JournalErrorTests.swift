import GRDB
import Testing

@testable import Journal
@testable import SQLiteStore

@Suite("Errors that refuse a write")
struct JournalErrorTests {
    @Test(
        "A failing disk refuses all writes, an invalid statement only its own",
        arguments: [
            (ResultCode.SQLITE_FULL, JournalError.Code.unavailable), (.SQLITE_BUSY, .unavailable),
            (.SQLITE_CONSTRAINT, .rejected), (.SQLITE_ERROR, .rejected),
        ])
    func sqlite(result: ResultCode, code: JournalError.Code) {
        let error = JournalError(SQLiteError(resultCode: result, message: "what it said"))
        #expect(error.code == code)
        #expect(error.reason.hasSuffix(" (SQLite \(result.rawValue): what it said)") && error.reason.first?.isLowercase == true)
        #expect(!error.isDamage)
    }

    @Test("A damaged file refuses all writes, in plain words, with what to do")
    func damage() {
        let error = JournalError(SQLiteError(resultCode: .SQLITE_CORRUPT, message: "database disk image is malformed"))
        #expect(error.code == .unavailable && error.isDamage)
        #expect(error.reason.hasPrefix("the journal is damaged (SQLite: database disk image is malformed). `switchboard journal check` "))
        #expect(error.reason.hasSuffix("restore a backup (Docs/Operating.md, “Backup”)"))
    }

    @Test(
        "Errors of the store have the journal's codes",
        arguments: [
            (StoreError.Code.closed, JournalError.Code.closed), (.overloaded, .overloaded), (.unusable, .unusable),
            (.claimed, .unavailable),
            (.inUse, .unavailable), (.gone, .unavailable), (.unavailable, .unavailable),
        ])
    func store(refusal: StoreError.Code, code: JournalError.Code) {
        #expect(JournalError(StoreError(refusal, "the message")).code == code)
    }

    @Test("The error for a full log names the setting and why the log could not be copied back")
    func log() {
        let error = JournalError(LogFullError(failure: .error("SQLITE_IOERR: disk I/O error")))
        #expect(error.code == .unavailable)
        #expect(error.reason.contains("journal.max_log"))
        #expect(error.reason.hasSuffix("SQLITE_IOERR: disk I/O error"))
    }
}
