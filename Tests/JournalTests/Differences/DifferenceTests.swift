import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Comparing what adapters read with what is stored")
struct DifferenceTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    private static let all: [Event] = [
        .message("a", at: Instant(milliseconds: 1_795_370_399_000)), .status("sent", of: "x"), .activity("screen.viewed", "b"),
        .notice("account_update", "n"), .change("c", of: .asha, to: "4915112345678"), .message("d"), .unreadable("{}"),
    ]

    private func captures() async throws -> [Capture] { try await rig.journal.reader.captures(CaptureFilter(), after: 0, limit: 1000) }

    /// The differences between the stored items of the only delivery and what is read from it now, in the form `changed messages a
    /// text,content`.
    private func differences(_ stored: [Event], _ made: [Event]) async throws -> [String] {
        try await rig.accept(rig.delivery("before"), [.message("before"), .status("sent", of: "before"), .unreadable("before")])
        try await rig.accept(rig.delivery(), stored)
        try await rig.accept(rig.delivery("after"), [.message("after"), .status("sent", of: "after"), .activity("x", "after")])
        let capture = try #require(try await captures().dropFirst().first)
        return try await rig.journal.reader.differences([ReadCapture(capture, made)]).map(\.line)
    }

    @Test("The same events are no difference, in any order and however often they are repeated")
    func same() async throws {
        #expect(try await differences(Self.all, Self.all + Self.all.reversed()) == [])
    }

    @Test("The comparison works for deliveries in order, out of order and far apart")
    func many() async throws {
        for index in 0..<300 { try await rig.accept(rig.delivery(), [.message("\(index)"), .status("sent", of: "\(index)")]) }
        let captures = try await captures()
        let made = captures.enumerated().map { ReadCapture($1, [.message("\($0)"), .status("sent", of: "\($0)")]) }
        for order in [made, made.reversed(), made.enumerated().filter { $0.offset % 90 == 0 }.map(\.element)] {
            #expect(try await rig.journal.reader.differences(order) == [])
        }
        let wrong = [ReadCapture(captures[7], []), ReadCapture(captures[200], made[200].events + [.message("new")])]
        #expect(
            try await rig.journal.reader.differences(wrong).map(\.line) == [
                "removed messages 7", "removed message_statuses 7", "added messages new",
            ])
    }

    private static let changes: [(String, Event, Event, [String])] = [
        ("a text", .message("a"), .message("a") { $0.text = "Other" }, ["changed messages a text"]),
        ("no context", .message("a"), .message("a") { $0.context = nil }, ["changed messages a context"]),
        ("a line", .message("a"), .message("a", line: nil), ["changed messages a line"]),
        ("a time", .message("a"), .message("a", at: Instant(milliseconds: 0)), ["changed messages a sent_at"]),
        ("an id", .message("a"), .message("b"), ["added messages b", "removed messages a"]),
        ("a table", .message("a"), .activity("a", "a"), ["added events a", "removed messages a"]),
        ("an event's type", .activity("a", "1"), .activity("b", "1"), ["changed events 1 type"]),
        ("an event's kind", .notice("a", "1"), .unsupported("a", "1"), ["changed events 1 kind,data"]),
        ("a recipient", .status("sent", of: "a"), .status("sent", of: "a", to: nil), ["changed message_statuses a recipient"]),
        ("a reading", .unreadable("{}"), .message("a"), ["added messages a", "removed dead_letters"]),
        ("a reason", .unreadable("{}"), .unreadable("{}", index: 1), ["changed dead_letters item#1 detail"]),
    ]

    @Test("A changed item is reported column by column", arguments: changes)
    func changed(_ what: String, _ stored: Event, _ made: Event, _ expected: [String]) async throws {
        #expect(
            try await differences([.message("first"), stored, .message("last")], [.message("first"), made, .message("last")]) == expected)
    }

    @Test("A changed column has its value before and after")
    func values() async throws {
        try await rig.accept(.message("a"))
        let capture = try #require(try await captures().first)
        let difference = try await rig.journal.reader.differences([ReadCapture(capture, [.message("a") { $0.text = nil }])]).first
        #expect(difference?.columns == [CaptureDifference.Column(name: "text", stored: "Hello", made: nil)])
        #expect(difference?.capture == capture)
    }

    @Test("An item that another delivery brought first counts as stored, whatever its content there")
    func repetition() async throws {
        try await rig.accept(rig.delivery("first"), [.message("a"), .unreadable("{}")])
        try await rig.accept(rig.delivery("second"), [.message("b"), .message("a"), .unreadable("{}")])
        let second = try #require(try await captures().last)
        let made: [Event] = [.message("b"), .message("a") { $0.text = "As it was then" }, .unreadable("{}")]
        #expect(try await rig.journal.reader.differences([ReadCapture(second, made)]) == [])
    }

    @Test("A resolved dead letter is not a difference, nor is one of a row that the database refused")
    func settled() async throws {
        try await rig.accept(rig.delivery(), [.unreadable("{}"), .message("a")])
        try rig.execute("UPDATE dead_letters SET resolved_at = created_at")
        let capture = try #require(try await captures().first)
        let letter = DeadLetter(
            stage: .sync, reason: "no", detail: nil, deliveryID: capture.id, record: "{}", createdAt: rig.clock.now)
        try await rig.journal.keep(letter)
        #expect(try await rig.journal.reader.differences([ReadCapture(capture, [.message("a")])]) == [])
    }
}

extension CaptureDifference {
    fileprivate var line: String {
        let id = table == .deadLetters && kind == .removed ? nil : externalID
        let names = kind == .changed ? columns.map(\.name).joined(separator: ",") : nil
        return [kind.rawValue, table.rawValue, id, names].compactMap { $0 }.joined(separator: " ")
    }
}

extension Event {
    fileprivate static func message(_ id: String, _ change: (inout Message) -> Void) -> Event {
        var event = Event.message(id)
        if case .message(var message) = event.content {
            change(&message)
            event.content = .message(message)
        }
        return event
    }
}
