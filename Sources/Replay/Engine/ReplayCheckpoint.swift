import Files
import Foundation
import JSON
import Journal
import Messaging

/// Where an interrupted replay goes on, as a small file keeps it.
public struct ReplayCheckpoint: Sendable, Equatable {
    /// What was replayed and where to: a replay of something else does not go on here.
    public var description: String
    /// What the replay's times were when it began: an age means another time whenever it is asked for.
    public var since: Instant?
    /// As `since`.
    public var until: Instant?
    /// Up to where everything was done.
    public var position: ReplayPosition

    /// `sources` by their names, `target` a URL or a file; `times` are the filter's as they were asked for, `30d`.
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

    /// Reads the file; nil where there is none or it is no checkpoint.
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

    /// Writes the file, all or nothing; readable by its owner alone, since it may name a phone.
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

/// Keeps the checkpoint of a replay in its file while the replay runs.
public struct CheckpointFile: Sendable {
    /// A replay that is killed does so much again.
    public static let interval = Duration.seconds(2)

    private var checkpoint: ReplayCheckpoint
    private let path: String?
    private var written: ContinuousClock.Instant
    private var hasAdvanced = false

    /// Begins `now` with the position where the replay begins. Without a path nothing is kept.
    public init(_ checkpoint: ReplayCheckpoint, path: String?, now: ContinuousClock.Instant = .now) {
        self.checkpoint = checkpoint
        self.path = path
        written = now
    }

    /// Up to `position` everything is done; it is written where the last writing is long ago. A disk that fails ends no replay.
    public mutating func reached(_ position: ReplayPosition, now: ContinuousClock.Instant = .now) {
        checkpoint.position = position
        hasAdvanced = true
        guard let path, now - written > Self.interval else { return }
        written = now
        try? checkpoint.write(to: path)
    }

    /// Writes where the replay ended; true where that can be read again. Of one that is complete nothing is left, but another replay's
    /// checkpoint is; one that did nothing leaves the file as it was.
    public func finish(isComplete: Bool) -> Bool {
        guard let path else { return false }
        guard isComplete || hasAdvanced else { return ReplayCheckpoint(file: path)?.description == checkpoint.description }
        guard isComplete else { return (try? checkpoint.write(to: path)) != nil }
        if ReplayCheckpoint(file: path)?.description == checkpoint.description { unlink(path) }
        return false
    }
}
