import Files
import Foundation
import JSON
import Journal
import Messaging

/// The position from which an interrupted replay can be resumed, stored in a small file.
public struct ReplayCheckpoint: Sendable, Equatable {
    /// Describes the replay's sources, filter and target: only the same replay is resumed.
    public var description: String
    /// The start of the filter's period, fixed when the replay began: an age such as `30d` means another time whenever it is read.
    public var since: Instant?
    /// The end of the filter's period, also as it was when the replay began.
    public var until: Instant?
    /// The position before which everything is done.
    public var position: ReplayPosition

    /// `sources` count by their names; `target` is a URL or a file; `times` are the filter's as the user wrote them, such as `30d`.
    public init(
        _ sources: [CaptureSource], target: String, filter: CaptureFilter, times: (since: String?, until: String?) = (nil, nil),
        position: ReplayPosition = ReplayPosition()
    ) {
        since = filter.since
        until = filter.until
        let conditions = [
            filter.since.map { "since \(times.since ?? $0.description)" }, filter.until.map { "until \(times.until ?? $0.description)" },
            filter.adapter.map { "adapter \($0)" }, filter.account.map { "account \($0)" },
            filter.states == [.deadLetter] ? "only dead letters" : nil,
        ].compactMap { $0 }
        description = (["\(sources.map(\.name).joined(separator: ", ")) to \(target)"] + conditions).joined(separator: ", ")
        self.position = position
    }

    /// Reads the file; nil if there is none or it is not a checkpoint.
    public init?(file: String) {
        guard let contents = try? SmallFile(file).read(), let json = try? JSON(parsing: contents),
            let description = json["replay"].string, let source = json["source"].int, let offset = json["offset"].int,
            let count = json["count"].int
        else { return nil }
        self.description = description
        since = json["since"].string.flatMap(Instant.init(rfc3339:))
        until = json["until"].string.flatMap(Instant.init(rfc3339:))
        position = ReplayPosition(source: Int(source), point: SourcePoint(offset: offset, count: Int(count)))
    }

    /// Writes the file atomically, readable only by its owner, since it may contain a phone.
    public func write(to file: String) throws {
        var writer = JSONWriter()
        writer.object { members in
            members.member("replay", description)
            members.member("since", ifPresent: since?.description)
            members.member("until", ifPresent: until?.description)
            members.member("source", position.source)
            members.member("offset", position.point.offset)
            members.member("count", position.point.count)
        }
        try GatewayFile.write(writer.bytes, to: file)
    }
}

/// Writes a replay's checkpoint to its file while the replay runs.
public struct CheckpointFile: Sendable {
    /// The interval between writes: a killed replay repeats at most this much.
    public static let interval = Duration.seconds(2)

    private var checkpoint: ReplayCheckpoint
    private let path: String?
    private var written: ContinuousClock.Instant
    private var hasAdvanced = false

    /// Begins `now` at the position where the replay begins. Without a path nothing is written.
    public init(_ checkpoint: ReplayCheckpoint, path: String?, now: ContinuousClock.Instant = .now) {
        self.checkpoint = checkpoint
        self.path = path
        written = now
    }

    /// Records that everything before `position` is done; writes it if the last write is long ago. A failing disk ends no replay.
    public mutating func reached(_ position: ReplayPosition, now: ContinuousClock.Instant = .now) {
        checkpoint.position = position
        hasAdvanced = true
        guard let path, now - written > Self.interval else { return }
        written = now
        try? checkpoint.write(to: path)
    }

    /// Writes the final position; returns true if the file now has it. A complete replay deletes its own checkpoint, but not another
    /// replay's. A replay that did nothing leaves the file unchanged.
    public func finish(isComplete: Bool) -> Bool {
        guard let path else { return false }
        guard isComplete || hasAdvanced else { return ReplayCheckpoint(file: path)?.description == checkpoint.description }
        guard isComplete else { return (try? checkpoint.write(to: path)) != nil }
        if ReplayCheckpoint(file: path)?.description == checkpoint.description { unlink(path) }
        return false
    }
}
