import Foundation
import JSON
import Journal
import Messaging
import Replay

/// A captured request, `Webhooks/<Adapter>/<name>.http`, and the result expected of it, `<name>.expected.json`: its events, or an error.
///
/// With `RECORD_FIXTURES=1` in the environment, a check writes the expected file instead; review it before you commit it.
///
///     @Test("A capture gives the events beside it", arguments: try Fixture.all(of: "WebChat"))
///     func capture(_ fixture: Fixture) throws { try fixture.check(with: adapter) }
public struct Fixture: Sendable, CustomStringConvertible {
    /// The file's name without its extension.
    public let name: String
    private let folder: URL

    /// The fixtures of one folder in `Webhooks`, sorted by name. `Webhooks` is searched for beside the test's file and in each folder above
    /// it. Throws if there are no fixtures, so that a renamed folder does not pass as a test.
    public static func all(of adapter: String, near file: String = #filePath) throws -> [Fixture] {
        try all(in: webhooks(near: file).appending(path: adapter))
    }

    /// The fixtures of all folders in `Webhooks`, for any adapter.
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

    /// The file's name without its extension.
    public var description: String { name }

    /// The capture as a delivery that was received in 2026.
    public func delivery() throws -> Delivery {
        let capture = try HTTPCapture(parsing: Array(Data(contentsOf: file("http"))))
        guard let delivery = capture.delivery(receivedAt: Instant(milliseconds: 1_795_370_400_000)) else {
            throw FixtureFailure(reason: "\(name).http names no /webhooks/{adapter}/{account}")
        }
        return delivery
    }

    /// Throws if the adapter's result for the capture differs from the expected one, or if redaction changes which items it reads.
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
                    \(name).http has no \(name).expected.json beside it, with the events that it must give. RECORD_FIXTURES=1 swift test \
                    writes the events that the adapter reads now: review them before you commit the file
                    """)
        }
        let expected = try JSON(parsing: Array(recorded)).text
        guard let expected, expected == outcome else {
            throw FixtureFailure(
                reason: """
                    \(name).http gives
                    \(indented(outcome))instead of
                    \(indented(expected ?? "null"))RECORD_FIXTURES=1 swift test records the present result
                    """)
        }
        try checkRedacted(with: adapter)
    }

    /// Throws if the redacted capture, as `captures export --redact` writes it, gives items of other channels, kinds or types, or an error
    /// about another field.
    public func checkRedacted(with adapter: some ChannelAdapter) throws {
        let original = try delivery()
        let redaction = try Redaction(seed: "a seed for tests", kinds: [original.adapter]) { _ in adapter }
        let redacted = redaction.redacted(Capture(original)).delivery
        let (expected, found) = (Fixture.summary(of: original, with: adapter), Fixture.summary(of: redacted, with: adapter))
        guard expected == found else {
            throw FixtureFailure(
                reason: """
                    The redacted \(name).http gives \(found) instead of \(expected). Add the keys of the words by which the adapter recognizes \
                    an item, and those of its times and counts, to the `vocabulary` of its traits (Docs/Adapters.md). The redacted body is
                    \(String(decoding: redacted.body, as: UTF8.self))
                    """)
        }
    }

    /// The part of a result that redaction keeps: the channel, kind and type of each item, or the field of the error.
    private static func summary(of delivery: Delivery, with adapter: some ChannelAdapter) -> [String] {
        do throws(PayloadError) { return try adapter.events(in: delivery).map { "\($0.channel) \($0.kindAndType)" } } catch {
            return ["\(error.code)", error.field ?? "-"]
        }
    }

    /// The result as JSON without white space: `[event, …]`, or `{"error":{"field","reason"}}`.
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

    /// The text as the parser writes it, so that different escapes of the same text compare equal.
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

/// The reason why a fixture did not pass.
public struct FixtureFailure: Error, CustomStringConvertible {
    let reason: String

    /// The actual and the expected result.
    public var description: String { reason }
}
