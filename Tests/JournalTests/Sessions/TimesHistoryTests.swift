import AdapterConformance
import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

/// Runs the same history on two journals: one writes session times with each transaction, the other defers them. After each step both show
/// the same times, and so do another process's reader and a journal opened after `kill -9`.
@Suite("Random histories in which the writing of session times is deferred")
struct TimesHistoryTests {
    @Test("Deferred times are the same as times written at once", arguments: 0..<12)
    func histories(stream: Int) async throws {
        var random = SeededGenerator("times that wait", stream: stream)
        var world = try World()
        for step in 0..<120 {
            let action = try await world.step(step, &random)
            let written = try world.times(world.written.path)
            let waiting = try world.times(world.waiting.path)
            #expect(waiting == written, "after step \(step), \(action)")
            for session in try await world.waiting.journal.reader.sessions(limit: 100) {
                let found = try await world.waiting.journal.reader.session(session.id)
                #expect(found == session, "after step \(step), \(action)")
            }
            if step % 10 == 9 {
                #expect(try await world.waiting.journal.reader.check().problems == [], "after step \(step), \(action)")
                let killed = try world.waiting.killed()
                try await killed.accept(.message("after \(step)", from: .phone("919812345678"), effect: .none))
                #expect(try world.times(killed.path) == written, "killed after step \(step), \(action)")
            }
            guard waiting == written else { return }
        }
    }
}

private struct World {
    let written: TemporaryJournal
    var waiting: TemporaryJournal

    private static let people = (0..<4).map { Party.phone("91987654321\($0)", id: "P.\($0)") }

    init() throws {
        let policy = SessionPolicy(idleTimeout: .seconds(400), idleTimeouts: [.kiosk: .seconds(150), "a \"b\"": .seconds(30)])
        written = try TemporaryJournal(policy, rememberedContacts: 2, unwrittenRows: 0, access: .claimed)
        waiting = try TemporaryJournal(policy, rememberedContacts: 2, unwrittenRows: 12, access: .claimed)
    }

    /// The times of all sessions, in the order in which these were opened.
    func times(_ path: String) throws -> [String] {
        try JournalFile(path: path).rows(
            "SELECT phone, channel, status, created_at, last_activity, expires_at FROM current_sessions ORDER BY created_at, phone, status")
    }

    /// Performs one action on both journals, and returns a description of it.
    mutating func step(_ number: Int, _ random: inout SeededGenerator) async throws -> String {
        let person = Self.people[Int.random(in: 0..<4, using: &random)]
        let phone = try #require(person.phone).text
        let now = written.clock.now
        let moment = now.adding(.milliseconds([0, -1, -700, -4000, -90_000, -300_000, 2000].randomElement(using: &random) ?? 0))
        let time: Instant? = [nil, moment, Instant(milliseconds: moment.milliseconds / 1000 * 1000)].randomElement(using: &random) ?? nil
        let id = "\(number)"
        switch Int.random(in: 0..<16, using: &random) {
        case 0...4: return try await accept([.message(id, from: person, at: time)])
        case 5:
            return try await accept([
                .message(id, from: person, at: time), .activity("a", id, by: person, at: moment), .status("read", of: id),
            ])
        case 6: return try await accept([.activity("screen.viewed", id, by: person, at: time)])
        case 7: return try await accept([Self.joining(id, person, at: time)])
        case 8: return try await accept([Self.placeholder(id, person, at: time), .message(id, from: person, at: moment)])
        case 9:
            for rig in [written, waiting] {
                rig.clock.advance(by: .milliseconds(1))
                _ = try await rig.start(phone, on: [.chat, .kiosk, "a \"b\""][number % 3])
            }
            return "start"
        case 10:
            for rig in [written, waiting] {
                let session = try await rig.sessions().first { $0.phone == "+\(phone)" && $0.status == .active }
                if let session { _ = try await rig.journal.end(session) }
            }
            return "end"
        case 11:
            let step = Duration.milliseconds([1, 999, 20_000, 160_000].randomElement(using: &random) ?? 0)
            for rig in [written, waiting] { rig.clock.advance(by: step) }
            return "advance"
        case 12:
            for rig in [written, waiting] {
                _ = try await rig.journal.returnSessionsToPresent()
                _ = try await rig.journal.expireOverdueSessions()
            }
            return "sweep"
        case 13:
            // Another process, such as a command, writes to the file as well.
            let verb = try waiting.besides()
            for rig in [written, verb] {
                rig.clock.advance(by: .milliseconds(1))
                try await rig.accept(.message(id, from: person, at: time))
            }
            try verb.journal.close()
            return "verb"
        case 14:
            waiting = try waiting.killed()
            return "kill"
        default:
            // This event shows that two people are one.
            let other = Party(phone: person.phone, identities: [.userID("P.\(number % 4)")])
            return try await accept([.message(id, from: other, at: time)])
        }
    }

    private func accept(_ events: [Event]) async throws -> String {
        // If two sessions have the same times, the one with the smaller id is older.
        for rig in [written, waiting] {
            rig.clock.advance(by: .milliseconds(1))
            try await rig.accept(rig.delivery(), events)
        }
        return "\(events.map(\.content))"
    }

    /// An activity that belongs to a session and does not move it, although its row looks like one that does.
    private static func joining(_ id: String, _ party: Party, at time: Instant?) -> Event {
        Event(
            externalID: id, channel: .whatsapp, party: party, occurredAt: time, effect: .joins,
            content: .activity(type: "call.terminate", data: "{}"))
    }

    /// A placeholder for a message whose content arrives later.
    private static func placeholder(_ id: String, _ party: Party, at time: Instant?) -> Event {
        let message = Message(type: .unsupported, sender: party.phone?.text, content: #"{"type":"media_placeholder"}"#)
        return Event(externalID: id, channel: .whatsapp, party: party, occurredAt: time, effect: .moves, content: .message(message))
    }
}
