import Foundation
import Journal
import Logging
import Messaging
import Replay
import SwitchboardApp
import SwitchboardTesting
import Testing

/// The captures that these tests replay: deliveries of the shipped adapters, for accounts named `main`.
enum Captures {
    static let kinds = AdapterRegistry.shipped.kinds

    static let events = CaptureEvents(kinds: kinds) { kind, account in
        kinds.contains(kind) && account == "main" ? try? adapter(of: Redaction.account(of: kind)) : nil
    }

    static func adapter(of account: Account) throws -> any ChannelAdapter { try AdapterRegistry.shipped.makeAdapter(for: account) }

    /// A WhatsApp text message.
    static func text(_ id: String, from phone: String = "919876543210", at time: Int64 = 1_795_370_400_000) -> Capture {
        let body = """
            {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":\
            {"messaging_product":"whatsapp","metadata":{"phone_number_id":"106540352242922"},\
            "messages":[{"from":"\(phone)","id":"\(id)","timestamp":"1795370400","type":"text","text":{"body":"Hello"}}]}}]}]}
            """
        return Capture(
            Delivery(
                adapter: "whatsapp-cloud", account: "main", receivedAt: Instant(milliseconds: time),
                target: "/webhooks/whatsapp-cloud/main",
                headers: [Delivery.Header("content-type", "application/json")], body: Array(body.utf8)))
    }

    /// A chat event that was authenticated by a session's token and does not name its sender.
    static func chatByToken(of person: String?) -> Capture {
        let body = #"{"specversion":"1.0","id":"m-9","source":"/chat","type":"message.text","data":{"text":"Me"}}"#
        return Capture(
            Delivery(
                adapter: "chat", account: "main", receivedAt: Instant(milliseconds: 1_795_370_400_000), target: "/webhooks/chat/main",
                headers: [.init("content-type", "application/cloudevents+json"), .init("x-session-token", "•••")], body: Array(body.utf8)),
            person: person)
    }

    static func lines(_ captures: [Capture]) -> [UInt8] { Array(captures.map { $0.jsonLine() + [0x0A] }.joined()) }
}

extension TemporaryFolder {
    /// Writes a file and returns its path.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let url = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        return url.path
    }

    func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

    /// A separate journal, whose clock shows the time of the captures.
    func journal(_ name: String = "journal.sqlite") throws -> Journal {
        try Journal(
            Journal.Configuration(
                path: "\(path)/\(name)", adapters: AdapterRegistry.shipped.traits, minimumFreeSpace: 0, rememberedContacts: 1000),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { Instant(milliseconds: 1_795_370_400_000) })
    }
}

extension CaptureStream {
    /// Everything that the sources yield.
    static func all(_ sources: [CaptureSource], filter: CaptureFilter = CaptureFilter()) async -> [SourceItem] {
        var stream = CaptureStream(sources, filter: filter, receivedAt: Instant(milliseconds: 7))
        var all: [SourceItem] = []
        while let items = await stream.items() { all += items }
        return all
    }
}

extension SourceItem {
    var capture: Capture? { if case .capture(let capture) = content { capture } else { nil } }
    var problem: String? { if case .done(.problem(let problem)) = content { problem.description } else { nil } }
}
