import Foundation
import JSON
import SwitchboardTesting

/// A client of `/events`: reads what it is sent when it is asked for it.
final class EventReader {
    private let connection: RawConnection
    private var text = ""

    /// Sends the request. `query` is what follows the question mark; with `window` the system takes about so many bytes that are not read.
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

    /// What `/events` sends once it has begun.
    struct Event {
        let id: String?
        let type: String
        let data: JSON

        /// The member `external_id` of the row.
        var externalID: String { data["data"]["external_id"].string ?? "" }
    }

    /// Waits until the stream has begun, so that it misses nothing from now on; returns the position from which it does.
    @discardableResult
    func begun() async throws -> String {
        text += try await connection.readUntil("\nid: ")
        return try await waiting(for: "the position") {
            read()
            return text.firstMatch(of: /retry: 3000\nid: (\d+)\n\n/).map { String($0.output.1) }
        }
    }

    /// Waits for so many events; all that came so far.
    func events(_ count: Int) async throws -> [Event] {
        try await waiting(for: "\(count) events") {
            read()
            let events = try sent()
            return events.count >= count ? events : nil
        }
    }

    /// The status of the answer, and all of it that came, once its head did.
    func answer() async throws -> (status: Int, text: String) {
        try await waiting(for: "an answer") {
            read()
            guard text.contains("\r\n\r\n"), let match = text.firstMatch(of: /^HTTP\/1\.1 (\d+)/) else { return nil }
            return Int(match.output.1).map { ($0, text) }
        }
    }

    /// Waits until the gateway has closed the connection; all that came.
    func end() async throws -> String {
        text += try await connection.readToEnd()
        return text
    }

    private func read() {
        while let more = connection.read(), !more.isEmpty { text += more }
    }

    /// The events so far. A chunk is whole events, so that the lines between events are its length and its end; to Swift, the two characters that
    /// end those are one.
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

/// Events of the kiosk.
enum KioskEvent {
    static func body(_ id: String, _ type: String = "screen.viewed", text: String = "Hello") -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"/k","type":"\#(type)","data":{"phone":"+919876543210","text":"\#(text)"}}"#
    }
}
