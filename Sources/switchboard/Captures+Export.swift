import ArgumentParser
import Foundation
import Journal
import Messaging
import Replay
import SwitchboardApp

extension Captures {
    /// `switchboard captures export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write deliveries that were kept into files that `replay` and `captures import` read.",
            discussion: """
                -o FOLDER writes a .http file each, named by time and id; -o FILE.jsonl or -o - writes JSON Lines.

                --redact replaces phones, names, texts, ids and tokens by fakes of the same shape, the same by the same, and signs anew with the \
                secret that Webhooks/README.md tells. What is not known to be harmless is replaced. Look at the result before you share it.

                Examples:
                  switchboard captures export --since 7d -o captures.jsonl
                  switchboard captures export --external-id wamid.ABC --redact -o fixtures
                """)

        @OptionGroup var which: StoredCaptureOptions

        @Option(
            name: [.short, .customLong("output")],
            help: ArgumentHelp("A folder, a .jsonl file, or - for standard output.", valueName: "path"))
        var output: String

        @Flag(help: "Replace what is somebody's by fakes.")
        var redact = false

        @Option(help: ArgumentHelp("With --redact: make the same fakes in every run that is given the same word.", valueName: "word"))
        var redactSeed: String?

        @OptionGroup var configuration: ConfigurationOptions

        func validate() throws {
            if redactSeed != nil, !redact { throw ValidationError("--redact-seed: only with --redact") }
        }

        func run() async throws {
            let settings = try CommandFailure.checkingInput { try configuration.settings() }
            let filter = try which.filter(settings)
            let sink = try CommandFailure.checkingInput { try CaptureSink(output) }
            let redaction = try CommandFailure.checkingInput { try makeRedaction(region: settings.session.defaultRegion) }
            var count = 0
            try await CommandFailure.reading(settings) { reader in
                var position: Int64 = 0
                while true {
                    let isRefused = filter.states == [.refused]
                    let captures =
                        isRefused
                        ? try await reader.refusedCaptures(filter, limit: 100_000)
                        : try await reader.captures(filter, after: position, limit: 500)
                    for capture in captures { try sink.write(redaction?.redacted(CaptureLine(capture)) ?? CaptureLine(capture)) }
                    count += captures.count
                    guard let last = captures.last, !isRefused else { break }
                    position = last.position
                }
            }
            try sink.close()
            CommandFailure.tell("\(count) captures written")
        }

        private func makeRedaction(region: String) throws -> Redaction? {
            guard redact else { return nil }
            return try Redaction(seed: redactSeed, region: region, kinds: AdapterRegistry.shipped.kinds) { kind in
                try? AdapterRegistry.shipped.makeAdapter(for: Redaction.account(of: kind))
            }
        }
    }
}

/// Where an export goes. A file takes its name once it is whole: an export that is killed leaves `NAME.partial` behind.
private final class CaptureSink {
    private let folder: String?
    private let file: FileHandle
    /// The name that the file takes in the end; nil where it has it already.
    private var target: String?
    private var waiting = Data()

    init(_ output: String) throws {
        if output == "-" {
            folder = nil
            file = .standardOutput
        } else if output.hasSuffix(".jsonl") || output.hasSuffix(".ndjson") {
            let path = "\(output).partial"
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
                let handle = FileHandle(forWritingAtPath: path)
            else { throw CaptureFileError(path: output, reason: "it cannot be written") }
            folder = nil
            file = handle
            target = output
        } else {
            try FileManager.default.createDirectory(
                atPath: output, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            folder = output
            file = .nullDevice
        }
    }

    func write(_ line: CaptureLine) throws {
        if let folder {
            let path = "\(folder)/\(line.fileName)"
            guard
                FileManager.default.createFile(
                    atPath: path, contents: Data(line.file.fileBytes()), attributes: [.posixPermissions: 0o600])
            else { throw CaptureFileError(path: path, reason: "it cannot be written") }
            return
        }
        waiting.append(contentsOf: line.bytes())
        waiting.append(0x0A)
        if waiting.count > 1 << 20 { try flush() }
    }

    /// Writes what waits, and gives the file its name.
    func close() throws {
        try flush()
        guard let target else { return }
        try file.synchronize()
        guard rename("\(target).partial", target) == 0 else {
            throw CaptureFileError(path: target, reason: "it cannot be written: \(String(cString: strerror(errno)))")
        }
        self.target = nil
    }

    private func flush() throws {
        try file.write(contentsOf: waiting)
        waiting.removeAll(keepingCapacity: true)
    }
}
