import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Starting a session")
struct StartTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test("Two customers have two active sessions with their own tokens")
    func twoCustomers() async throws {
        let first = try await rig.start("+919876543210", on: .chat, customer: "103")
        let second = try await rig.start("+919987654321", on: .kiosk, customer: "104")
        #expect(first.token != second.token)
        #expect(
            try rig.rows("SELECT phone, customer_id, typeof(customer_id), channel, status FROM sessions ORDER BY customer_id") == [
                "+919876543210|103|text|chat|active", "+919987654321|104|text|kiosk|active",
            ])
    }

    @Test("A phone's live session is restored on any channel, with its token")
    func restored() async throws {
        let first = try await rig.start("+919876543210", on: .chat, customer: "103")
        rig.clock.advance(by: .seconds(60))
        for (phone, channel) in [("+919876543210", Channel.kiosk), ("098765 43210", .chat), ("+91 98765 43210", .whatsapp)] {
            guard case .restored(let session) = try await rig.outcome(phone, on: channel, customer: "103") else {
                throw Unexpected(what: "no restored session on \(channel)")
            }
            #expect(session.id == first.id)
            #expect(session.token == first.token)
            #expect(session.channel == .chat)
            #expect(session.lastActivity == rig.clock.now)
            #expect(session.expiresAt == rig.clock.now.adding(.seconds(86_400)))
        }
        #expect(try rig.count("sessions") == 1)
    }

    @Test("A person whose customer an earlier version stored as `anonymous` has no customer: the next start names one")
    func formerNobody() async throws {
        let first = try await rig.start("+919876543210", on: .chat, customer: "103")
        for table in ["sessions", "contacts"] { try rig.execute("UPDATE \(table) SET customer_id = 'anonymous'") }
        let next = try rig.reopened()
        guard case .restored(let session) = try await next.outcome("+919876543210", on: .chat, customer: "104") else {
            throw Unexpected(what: "no restored session")
        }
        #expect(session.id == first.id && session.customerID == "104")
        #expect(try next.rows("SELECT customer_id FROM sessions UNION ALL SELECT customer_id FROM contacts") == ["104", "104"])
    }

    @Test("A session that was ended is not revived: the next one has another token")
    func ended() async throws {
        let first = try await rig.start("+919876543210", customer: "103")
        let ended = try await rig.journal.end(first.token)
        #expect(ended?.status == .loggedOut)
        let second = try await rig.start("+919876543210", customer: "103")
        #expect(second.id != first.id && second.token != first.token)
        #expect(try await rig.journal.reader.session(token: first.token) == nil)
        #expect(try await rig.journal.reader.session(token: second.token) == second)
        #expect(try await rig.journal.end(first.token) == nil)
        #expect(try rig.rows("SELECT status FROM sessions ORDER BY session_id") == ["logged_out", "active"])
    }

    @Test("A session ends once, by its token or by an operator")
    func endsOnce() async throws {
        let session = try await rig.start("+919876543210")
        #expect(try await rig.journal.end(session)?.id == session.id)
        #expect(try await rig.journal.end(session) == nil)
        #expect(try await rig.journal.end(session.token) == nil)
        #expect(try await rig.journal.end(Secret("no such token")) == nil)
    }

    @Test("A start by another customer is a conflict that changes and reveals nothing")
    func conflict() async throws {
        let first = try await rig.start("+919876543210", customer: "103")
        rig.clock.advance(by: .seconds(60))
        #expect(try await rig.outcome("+919876543210", customer: "104", metadata: #"{"a":1}"#) == .conflict)
        #expect(try await rig.session(first.id) == first)
        #expect(try rig.rows("SELECT customer_id FROM contacts") == ["103"])
    }

    @Test("Once the session has ended, another customer may start on the phone")
    func afterConflict() async throws {
        let first = try await rig.start("+919876543210", customer: "103")
        _ = try await rig.journal.end(first.token)
        let second = try await rig.start("+919876543210", customer: "104")
        #expect(second.customerID == "104")
        #expect(try await rig.session(first.id).customerID == "103")
    }

    @Test("The phone is the placeholder for a customer until the first start that names one")
    func standIn() async throws {
        try await rig.accept(.message("m-1"))
        let opened = try #require(try await rig.sessions().first)
        #expect(opened.customerID == nil && opened.shownCustomerID == "+919876543210")
        let unnamed = try await rig.start("+919876543210")
        #expect(unnamed.shownCustomerID == "+919876543210")
        let named = try await rig.start("+919876543210", customer: "103")
        #expect(named.id == opened.id && named.customerID == "103")
        #expect(try rig.rows("SELECT customer_id FROM sessions") == ["103"])
        #expect(try await rig.outcome("+919876543210", customer: "104") == .conflict)
    }

    @Test("A message opens the next session with the last known customer", arguments: ["logged out", "expired"])
    func lastKnownCustomer(how: String) async throws {
        let first = try await rig.start("+919876543210", customer: "103")
        if how == "expired" { rig.clock.advance(by: .seconds(86_400)) } else { _ = try await rig.journal.end(first.token) }
        try await rig.accept(.message("m-1"))
        let second = try #require(try await rig.sessions().last)
        #expect(second.id != first.id && second.customerID == "103" && second.channel == .whatsapp)
    }

    @Test("A start without a customer opens the next session with the last known one")
    func startWithoutCustomer() async throws {
        let first = try await rig.start("+919876543210", customer: "103")
        _ = try await rig.journal.end(first.token)
        #expect(try await rig.start("+919876543210").customerID == "103")
    }

    @Test(
        "Metadata are merged into those of the session, member by member",
        arguments: [
            (#"{"a":1}"#, #"{"b":2}"#, #"{"a":1,"b":2}"#), (#"{"a":1}"#, #"{"a":2}"#, #"{"a":2}"#), (#"{"a":1}"#, #"{"a":null}"#, "{}"),
            (#"{"a":{"x":1}}"#, #"{"a":{"y":2}}"#, #"{"a":{"x":1,"y":2}}"#), (#"{"a":1}"#, nil, #"{"a":1}"#),
            (nil, #"{"a":1}"#, #"{"a":1}"#),
        ] as [(String?, String?, String)])
    func metadata(first: String?, second: String?, merged: String) async throws {
        try await rig.start("+919876543210", metadata: first)
        let session = try await rig.start("+919876543210", metadata: second)
        #expect(session.metadata == merged)
        #expect(try rig.rows("SELECT metadata FROM sessions") == [merged])
    }

    @Test("A phone that cannot be read starts no session")
    func badPhone() async throws {
        #expect(try await rig.outcome("12") == nil)
        #expect(try rig.count("sessions") == 0)
    }

    @Test("A token has 256 random bits in URL-safe characters")
    func tokens() async throws {
        var tokens: Set<String> = []
        for number in 0..<50 {
            let token = try await rig.start("+9198765432\(10 + number)").token.revealed
            #expect(token.utf8.count == 43)
            #expect(token.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
            tokens.insert(token)
        }
        #expect(tokens.count == 50)
    }
}
