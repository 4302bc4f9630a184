import JSON
import Logging
import Messaging
import Relay
import SwitchboardTesting
import Synchronization
import Testing

@testable import Supabase

@Suite("The state of the database, queried before the first message")
struct DatabaseInquiryTests {
    private let recorder = LogRecorder()
    private let health = SyncHealth()
    private let database = AnsweringDatabase()

    private var inquiry: DatabaseInquiry {
        DatabaseInquiry(database, by: database, target: "db.example.com:5432/postgres", health: health, logger: recorder.logger)
    }

    @Test("The state is unknown before the first answer, and known afterwards")
    func known() async {
        #expect(!health.current.isKnown && health.current.standing == nil)
        var news = InquiryNews()
        #expect(await inquiry.ask(&news) == DatabaseInquiry.interval)
        #expect(health.current.isKnown && health.current.standing == nil)
        #expect(recorder.lines.map(\.message) == ["Supabase answers"])
        #expect(recorder.lines[0].metadata["target"] == "db.example.com:5432/postgres")
        _ = await inquiry.ask(&news)
        #expect(recorder.lines.count == 1)
    }

    @Test(
        "A failure is reported once, with what to check, and whether the database answered",
        arguments: [
            ("28P01", CallFailure.Disposition.pause, true, "Supabase rejects calls: messages wait in the journal", Logger.Level.error),
            ("42501", .pause, true, "Supabase rejects calls: messages wait in the journal", .error),
            ("unreachable", .retry, false, "Supabase does not answer: messages wait in the journal", .warning),
        ])
    func failure(code: String, disposition: CallFailure.Disposition, isRefusal: Bool, message: String, level: Logger.Level) async {
        var news = InquiryNews()
        let failure = CallFailure(disposition, code: code, message: "no")
        database.answer(.failure(failure))
        for _ in 0..<3 { #expect(await inquiry.ask(&news) < DatabaseInquiry.interval) }
        #expect(recorder.lines.map(\.message) == [message] && recorder.lines[0].level == level)
        #expect(recorder.lines[0].metadata["advice"] == failure.advice)
        #expect(health.current.standing?.isRefusal == isRefusal && health.current.isKnown)
        database.answer(.success(AnsweringDatabase.good))
        _ = await inquiry.ask(&news)
        #expect(recorder.lines.map(\.message) == [message, "Supabase answers"] && health.current.standing == nil)
    }

    @Test("Functions of another version are reported at the start, and once when they change", arguments: [1, SchemaContract.version + 1])
    func version(other: Int) async {
        var news = InquiryNews()
        database.answer(.success(AnsweringDatabase.answer(version: other)))
        for _ in 0..<2 { _ = await inquiry.ask(&news) }
        #expect(recorder.lines.count { $0.metadata["finding"]?.hasPrefix("version \(other) is ") == true } == 1)
        database.answer(.success(AnsweringDatabase.good))
        _ = await inquiry.ask(&news)
        database.answer(.success(AnsweringDatabase.answer(version: other)))
        _ = await inquiry.ask(&news)
        #expect(recorder.lines.count { $0.metadata["finding"]?.hasPrefix("version \(other) is ") == true } == 2)
        // Other functions may still work: only a refused row shows that they do not.
        #expect(health.current.standing == nil)
    }

    @Test("A role without the privilege to call the functions counts as refused")
    func denied() async {
        var news = InquiryNews()
        database.answer(.success(AnsweringDatabase.answer(denied: ["function switchboard_ingest"])))
        _ = await inquiry.ask(&news)
        #expect(health.current.standing?.isRefusal == true)
        #expect(health.current.standing?.reason.contains("switchboard_ingest") == true)
        _ = health.succeeded(rows: 1)
        #expect(health.current.standing == nil)
    }

    @Test("A failed inquiry does not suppress the log line of a batch's first failure")
    func apart() async {
        var news = InquiryNews()
        let failure = CallFailure(.pause, code: "28P01", message: "no")
        database.answer(.failure(failure))
        _ = await inquiry.ask(&news)
        #expect(health.failed(SyncHealth.Failure(failure, at: .now)))
    }
}

/// Answers with what a test has set.
private final class AnsweringDatabase: SchemaSource {
    let schema = SchemaName.public
    private let current = Mutex<Result<String, CallFailure>>(.success(AnsweringDatabase.good))

    static let good = answer()

    static func answer(version: Int = SchemaContract.version, denied: [String] = []) -> String {
        var writer = JSONWriter()
        writer.object { answer in
            answer.member("version", version)
            answer.member("role", "service_role")
            answer.key("columns")
            answer.array { columns in
                for (table, types) in SchemaContract.columns {
                    for (name, type) in types {
                        columns.object { column in
                            column.member("table", table)
                            column.member("column", name)
                            column.member("type", type)
                        }
                    }
                }
            }
            answer.key("denied")
            answer.array { list in for entry in denied { list.string(entry) } }
        }
        return writer.text
    }

    func answer(_ answer: Result<String, CallFailure>) { current.withLock { $0 = answer } }

    func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] {
        Array(try current.withLock { $0 }.get().utf8)
    }

    func describedSchema(within budget: Duration) async throws(CallFailure) -> SchemaInspection { SchemaInspection() }
    func exposedViews(within budget: Duration) async throws(CallFailure) -> [ExposedView]? { nil }
    func unusableSessions(within budget: Duration) async throws(CallFailure) -> UnusableSessions? { nil }
    func shutdown() {}
}
