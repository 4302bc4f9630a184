import Foundation
import JSON
import Journal
import Messaging
import Replay

/// A captured request in `Webhooks/<Adapter>/<name>.http`, beside `<name>.expected.json`: the events it must give, or the error.
///
/// With `RECORD_FIXTURES=1` in the environment a check writes the expectation instead; read what it wrote before you commit it.
///
///     @Test("A capture gives the events beside it", arguments: try Fixture.all(of: "WebChat"))
///     func capture(_ fixture: Fixture) throws { try fixture.check(with: adapter) }
public struct Fixture: Sendable, CustomStringConvertible {
    /// The file's name without its extension.
    public let name: String
    private let folder: URL

    /// The fixtures of a folder in `Webhooks`, by name: in the nearest `Webhooks` beside the test's file or above it. Throws where there are
    /// none, so that a renamed folder is not a passed test.
    public static func all(of adapter: String, near file: String = #filePath) throws -> [Fixture] {
        try all(in: webhooks(near: file).appending(path: adapter))
    }

    /// The fixtures of every folder in `Webhooks` that has any, whoever their adapter is.
    public static func all(near file: String = #filePath) throws -> [Fixture] {
        let webhooks = try webhooks(near: file)
        let folders = try FileManager.default.contentsOfDirectory(atPath: webhooks.path).sorted().map { webhooks.appending(path: $0) }
        return try folders.filter { folder in
            (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.contains { $0.hasSuffix(".http") } ?? false
        }.flatMap { try all(in: $0) }
    }

    private static func all(in folder: URL) throws -> [Fixture] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".http") }.map { String($0.dropLast(".http".count)) }.sorted()
        guard !names.isEmpty else { throw FixtureFailure(reason: "no .http file in \(folder.path)") }
        return names.map { Fixture(name: $0, folder: folder) }
    }

    /// The case's name.
    public var description: String { name }

    /// The capture as a delivery of the year 2026.
    public func delivery() throws -> Delivery {
        let capture = try HTTPCapture(parsing: Array(Data(contentsOf: file("http"))))
        guard let delivery = capture.delivery(receivedAt: Instant(milliseconds: 1_795_370_400_000)) else {
            throw FixtureFailure(reason: "\(name).http names no /webhooks/{adapter}/{account}")
        }
        return delivery
    }

    /// Throws where the adapter reads something else out of the capture than what is expected, or other items once the capture is redacted.
    public func check<Adapter: ChannelAdapter>(with adapter: Adapter) throws {
        let delivery = try delivery()
        guard delivery.adapter == Adapter.traits.kind else {
            throw FixtureFailure(reason: "\(name).http is for \(delivery.adapter), not for \(Adapter.traits.kind)")
        }
        let outcome = Fixture.outcome(of: delivery, with: adapter)
        if ProcessInfo.processInfo.environment["RECORD_FIXTURES"] == "1" {
            try Data(indented(outcome).utf8).write(to: file("expected.json"))
        }
        guard let recorded = try? Data(contentsOf: file("expected.json")) else {
            throw FixtureFailure(
                reason: """
                    \(name).http has no \(name).expected.json beside it, the events that it must give. RECORD_FIXTURES=1 swift test writes it from \
                    what the adapter reads now: read it before you commit it
                    """)
        }
        let expected = try JSON(parsing: Array(recorded)).text
        guard let expected, expected == outcome else {
            throw FixtureFailure(
                reason: """
                    \(name).http gives
                    \(indented(outcome))instead of
                    \(indented(expected ?? "null"))RECORD_FIXTURES=1 swift test records what it gives now
                    """)
        }
        try checkRedacted(with: adapter)
    }

    /// Throws where the adapter reads items of other channels, kinds or types, or another wrong field, once `captures export --redact` has made
    /// fakes of what is in the capture.
    public func checkRedacted(with adapter: some ChannelAdapter) throws {
        let original = try delivery()
        let redaction = try Redaction(seed: "a seed for tests", kinds: [original.adapter]) { _ in adapter }
        let redacted = redaction.redacted(Capture(original)).delivery
        let (expected, found) = (Fixture.summary(of: original, with: adapter), Fixture.summary(of: redacted, with: adapter))
        guard expected == found else {
            throw FixtureFailure(
                reason: """
                    \(name).http gives \(found) instead of \(expected) once it is redacted. Name the keys of the words by which the adapter tells what \
                    an item is in the `vocabulary` of its traits, and those of its times and counts: Docs/Adapters.md. Redacted it is
                    \(String(decoding: redacted.body, as: UTF8.self))
                    """)
        }
    }

    /// What redaction leaves of what is read: where and what each item is, or which field is wrong.
    private static func summary(of delivery: Delivery, with adapter: some ChannelAdapter) -> [String] {
        do throws(PayloadError) { return try adapter.events(in: delivery).map { "\($0.channel) \($0.kindAndType)" } } catch {
            return ["\(error.code)", error.field ?? "-"]
        }
    }

    /// `[event, …]`, or `{"error":{"field","reason"}}`, without white space.
    private static func outcome(of delivery: Delivery, with adapter: some ChannelAdapter) -> String {
        var writer = JSONWriter()
        do throws(PayloadError) {
            let events = try adapter.events(in: delivery)
            writer.array { list in
                for event in events { event.write(to: &list) }
            }
        } catch {
            writer.object {
                $0.key("error")
                $0.object {
                    $0.member("field", ifPresent: error.field)
                    $0.member("reason", error.reason)
                }
            }
        }
        return minified(writer.text)
    }

    /// As the parser writes it, so that escapes of the same text compare equal.
    private static func minified(_ json: String) -> String { (try? JSON(parsing: Array(json.utf8)))?.text ?? json }

    private static func webhooks(near file: String) throws -> URL {
        var folder = URL(filePath: file).deletingLastPathComponent()
        while folder.path != "/" {
            let webhooks = folder.appending(path: "Webhooks")
            if FileManager.default.fileExists(atPath: webhooks.path) { return webhooks }
            folder.deleteLastPathComponent()
        }
        throw FixtureFailure(reason: "there is no folder Webhooks beside \(file) or above it")
    }

    private func file(_ suffix: String) -> URL { folder.appending(path: "\(name).\(suffix)") }
}

/// Why a fixture did not pass.
public struct FixtureFailure: Error, CustomStringConvertible {
    let reason: String

    /// What was read, and what was expected.
    public var description: String { reason }
}
