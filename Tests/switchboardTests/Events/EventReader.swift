import Foundation
import JSON
import SwitchboardTesting

/// A client of `/events`, which reads only when a test asks it to.
final class EventReader {
    private let connection: RawConnection
    private var text = ""

    /// Sends the request, with `query` after the question mark. With `window` the system buffers only about this many unread bytes.
    init(
        _ gateway: GatewayProcess, _ query: String = "", token: String? = GatewayFolder.Secrets.operator, lastEventID: String? = nil,
        method: String = "GET", headers: [String] = [], window: Int32? = nil
    ) throws {
        connection = try RawConnection(to: gateway, window: window)
        let lines =
            ["\(method) /events\(query.isEmpty ? "" : "?\(query)") HTTP/1.1", "Host: x"]
            + (token.map { ["Authorization: Bearer \($0)"] } ?? []) + (lastEventID.map { ["Last-Event-ID: \($0)"] } ?? []) + headers
        connection.write(lines.joined(separator: "\r\n") + "\r\n\r\n")
    }

    /// An event of a stream that has begun.
    struct Event {
        let id: String?
        let type: String
        let data: JSON

        /// The member `external_id` of the row.
        var externalID: String { data["data"]["external_id"].string ?? "" }
    }

    /// Waits until the stream has begun, so that it misses no later event; returns the position from which it continues.
    @discardableResult
    func begun() async throws -> String {
        text += try await connection.readUntil("\nid: ")
        return try await waiting(for: "the position") {
            read()
            return text.firstMatch(of: /retry: 3000\nid: (\d+)\n\n/).map { String($0.output.1) }
        }
    }

    /// Waits until this many events have arrived; returns all of them.
    func events(_ count: Int) async throws -> [Event] {
        try await waiting(for: "\(count) events") {
            read()
            let events = try sent()
            return events.count >= count ? events : nil
        }
    }

    /// Waits for the head of the answer; returns its status and everything received so far.
    func answer() async throws -> (status: Int, text: String) {
        try await waiting(for: "an answer") {
            read()
            guard text.contains("\r\n\r\n"), let match = text.firstMatch(of: /^HTTP\/1\.1 (\d+)/) else { return nil }
            return Int(match.output.1).map { ($0, text) }
        }
    }

    /// Waits until the gateway has closed the connection; returns everything received.
    func end() async throws -> String {
        text += try await connection.readToEnd()
        return text
    }

    private func read() {
        while let more = connection.read(), !more.isEmpty { text += more }
    }

    /// The events so far. Each chunk has complete events, so the lines between events are the chunk's length and end. Swift treats CR LF,
    /// which ends these lines, as one character.
    private func sent() throws -> [Event] {
        try text.replacing("\r\n", with: "\n").components(separatedBy: "\n\n").dropLast().compactMap { block in
            var (id, type, data): (String?, String?, String?) = (nil, nil, nil)
            for line in block.split(separator: "\n") {
                if line.hasPrefix("id: ") { id = String(line.dropFirst(4)) }
                if line.hasPrefix("event: ") { type = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") { data = String(line.dropFirst(6)) }
            }
            guard let type, let data else { return nil }
            return Event(id: id, type: type, data: try JSON(parsing: Array(data.utf8)))
        }
    }
}

/// Kiosk events.
enum KioskEvent {
    static func body(_ id: String, _ type: String = "screen.viewed", text: String = "Hello") -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"/k","type":"\#(type)","data":{"phone":"+919876543210","text":"\#(text)"}}"#
    }
}
