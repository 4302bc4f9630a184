import Messaging
import Supabase
import Testing

@testable import switchboard

@Suite("Sessions on a terminal")
struct SessionListingTests {
    private let now = Instant(milliseconds: 1_795_370_400_000)

    @Test("The columns of a row stand under their heads")
    func columns() throws {
        let row = SessionListing.row(try session(customer: "103"), at: now)
        for (head, value) in [("PHONE", "+919876543210"), ("CUSTOMER", "103"), ("CHANNEL", "chat"), ("STATUS", "active")] {
            let place = try #require(SessionListing.header.firstRange(of: head)?.lowerBound)
            #expect(row[place...].hasPrefix(value + " "))
        }
    }

    @Test("A value that is longer than its column keeps a space to the next")
    func longValue() throws {
        let customer = String(repeating: "9", count: 40)
        let row = SessionListing.row(try session(customer: customer), at: now)
        #expect(row.contains("\(customer) chat"))
    }

    @Test("A session that is overdue shows as expired before a sweep has written it")
    func overdue() throws {
        let later = now.adding(.seconds(86_400))
        let session = try session(customer: "103")
        #expect(SessionListing.card(session, at: later).contains("\nstatus         expired\n"))
        #expect(session.line(at: later).contains(#""status":"expired""#))
    }

    @Test("A session without a phone has a dash, and no phone in JSON")
    func noPhone() throws {
        let session = try session(customer: "103", phone: nil)
        #expect(SessionListing.card(session, at: now).contains("\nphone          -\n"))
        #expect(!session.line(at: now).contains("phone"))
    }

    @Test("No form shows the token")
    func token() throws {
        let session = try session(customer: "103")
        for text in [SessionListing.row(session, at: now), SessionListing.card(session, at: now), session.line(at: now)] {
            #expect(!text.contains("the-token"))
        }
    }

    private func session(customer: String, phone: String? = "+919876543210") throws -> Session {
        Session(
            id: try #require(SessionID("01a2049a-fa35-7027-a07f-d114d83a73fa")),
            contactID: try #require(ContactID("01a2049a-fa35-7027-a07f-d114d83a73fb")), customerID: customer, phone: phone,
            channel: .chat, token: Secret("the-token"), status: .active, createdAt: now, lastActivity: now,
            expiresAt: now.adding(.seconds(3600)), metadata: "{}")
    }

    @Test(
        "What a client named cannot steer the terminal or begin a line",
        arguments: ["\u{1B}[2J", "\n", "\r", "\u{9B}1m", "\u{2028}", "\u{202E}"])
    func hostile(text: String) throws {
        let session = try session(customer: "1\(text)3")
        let shownText = ["\n", "\r"].contains(text) ? " " : "\u{FFFD}"
        for shown in [SessionListing.row(session, at: now), SessionListing.card(session, at: now)] {
            #expect(!shown.contains(text) || text == "\n")
            #expect(shown.contains("1\(shownText)"))
        }
        #expect(!SessionListing.row(session, at: now).contains("\n"))
        #expect(SessionListing.card(session, at: now).split(separator: "\n").count == 10)
        let report = DoctorReport([Finding(.fail, "a", "b\(text)c", advice: "d\(text)e")], isColoured: false).text
        #expect(report.contains("b\(shownText)") && report.contains("d\(shownText)") && report.split(separator: "\n").count == 3)
        #expect(VerbExit.line("a\(text)b").contains("\u{FFFD}") == (text != "\n"))
    }
}
