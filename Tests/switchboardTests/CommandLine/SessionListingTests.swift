import Foundation
import Messaging
import Supabase
import Testing

@testable import switchboard

@Suite("Sessions on a terminal")
struct SessionListingTests {
    private let now = Instant(milliseconds: 1_795_370_400_000)

    @Test(
        "The columns of a row are below their headings, even if a person without a number is shown by the contact's id",
        arguments: ["103", "01a2049a-fa35-7027-a07f-d114d83a73fb", String(repeating: "9", count: 40)])
    func columns(customer: String) throws {
        let lines = SessionListing.lines([try session(customer: "7"), try session(customer: customer)], at: now)
        #expect(lines.count == 3)
        for (head, values) in [
            ("PHONE", ["+919876543210", "+919876543210"]), ("CUSTOMER", ["7", customer]), ("CHANNEL", ["chat", "chat"]),
            ("STATUS", ["active", "active"]), ("LAST", ["2026", "2026"]),
        ] {
            let offset = lines[0].distance(from: lines[0].startIndex, to: try #require(lines[0].firstRange(of: head)?.lowerBound))
            for (line, value) in zip(lines.dropFirst(), values) { #expect(line.dropFirst(offset).hasPrefix(value), "\(line)") }
        }
    }

    @Test("A value that is longer than its column is followed by two spaces")
    func longValue() throws {
        let customer = String(repeating: "9", count: 60)
        let lines = SessionListing.lines([try session(customer: customer), try session(customer: "103")], at: now)
        #expect(lines[1].contains("\(customer)  chat"))
        #expect(lines[2].count < lines[1].count)
    }

    @Test(
        "On a terminal of 80 columns each session has one line with its id and phone, whatever the customer's id",
        arguments: ["103", "+919876543210", "01a2049a-fa35-7027-a07f-d114d83a73fb", String(repeating: "9", count: 90)])
    func narrow(customer: String) throws {
        let later = now.adding(.seconds(7500))
        let sessions = [try session(customer: "7"), try session(customer: customer, phone: "+5511987654321")]
        let lines = SessionListing.lines(sessions, at: later, as: TerminalText(width: 80, timeZone: .gmt))
        #expect(lines.count == 3 && lines.allSatisfy { $0.count <= 80 }, "\(lines)")
        #expect(lines[0].split(separator: " ") == ["SESSION", "PHONE", "CUSTOMER", "STATUS", "IDLE"])
        #expect(lines[2].hasPrefix("01a2049a-fa35-7027-a07f-d114d83a73fa  +5511987654321  \(customer.prefix(6))"))
        #expect(lines[2].hasSuffix("  expired  2h"))
    }

    @Test("On a wide terminal a session has one line with all columns, and times in the local time zone")
    func terminal() throws {
        let zone = try #require(TimeZone(secondsFromGMT: 19_800))
        let text = TerminalText(width: 120, timeZone: zone)
        let lines = SessionListing.lines([try session(customer: "103")], at: now, as: text)
        #expect(lines.count == 2 && lines[0].hasSuffix("LAST ACTIVITY") && lines[1].contains("  chat  "))
        // 2026-11-22T18:00:00Z
        #expect(text.time(now) == Self.local && lines[1].hasSuffix(Self.local))
        #expect(TerminalText.plain.time(now) == now.description)
    }

    @Test("On a terminal that is too narrow for id and phone, no line is too long and no session is missing")
    func tiny() throws {
        let lines = SessionListing.lines([try session(customer: "103")], at: now, as: TerminalText(width: 50, timeZone: .gmt))
        #expect(lines.allSatisfy { $0.count <= 50 } && lines.count > 2, "\(lines)")
        #expect(lines.joined().contains("+919876543210"))
    }

    @Test(
        "An age is shown in its largest unit", arguments: [(0, "0s"), (59, "59s"), (60, "1m"), (7199, "1h"), (172_800, "2d"), (-5, "0s")])
    func age(seconds: Int64, text: String) { #expect(TerminalText.age(of: now, at: now.adding(.seconds(seconds))) == text) }

    private static let local = "2026-11-22 23:30:00"

    private func row(_ session: Session) throws -> String { try #require(SessionListing.lines([session], at: now).last) }

    @Test("An overdue session is shown as expired before a sweep has marked it")
    func overdue() throws {
        let later = now.adding(.seconds(86_400))
        let session = try session(customer: "103")
        #expect(SessionListing.card(session, at: later).contains("\nstatus         expired\n"))
        #expect(session.line(at: later).contains(#""status":"expired""#))
    }

    @Test("A session without a phone is shown with a dash, and has no phone in JSON")
    func noPhone() throws {
        let session = try session(customer: "103", phone: nil)
        #expect(SessionListing.card(session, at: now).contains("\nphone          -\n"))
        #expect(!session.line(at: now).contains("phone"))
    }

    @Test("No output contains the token")
    func token() throws {
        let session = try session(customer: "103")
        for text in [try row(session), SessionListing.card(session, at: now), session.line(at: now)] {
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
        "Names that a client chose cannot send control characters to the terminal or begin a line",
        arguments: ["\u{1B}[2J", "\n", "\r", "\u{9B}1m", "\u{2028}", "\u{202E}"])
    func hostile(text: String) throws {
        let session = try session(customer: "1\(text)3")
        let shownText = ["\n", "\r"].contains(text) ? " " : "\u{FFFD}"
        for shown in [try row(session), SessionListing.card(session, at: now)] {
            #expect(!shown.contains(text) || text == "\n")
            #expect(shown.contains("1\(shownText)"))
        }
        #expect(try !row(session).contains("\n"))
        #expect(SessionListing.card(session, at: now).split(separator: "\n").count == 10)
        let report = DoctorReport([Finding(.fail, "a", "b\(text)c", advice: "d\(text)e")], isColoured: false).text
        #expect(report.contains("b\(shownText)") && report.contains("d\(shownText)") && report.split(separator: "\n").count == 3)
        #expect(VerbExit.line("a\(text)b").contains("\u{FFFD}") == (text != "\n"))
    }
}
