import Foundation
import JSON
import Messaging

/// Where an interrupted replay goes on, as a small file keeps it.
public struct ReplayCheckpoint: Sendable, Equatable {
    /// What was replayed and where to: a replay of something else does not go on here.
    public var description: String
    /// Up to where everything was done.
    public var place: ReplayPlace

    /// `sources` by their names, `target` a URL or a file.
    public init(_ sources: [CaptureSource], target: String, filter: ReplayFilter, place: ReplayPlace = ReplayPlace()) {
        let conditions = [
            filter.since.map { "since \($0)" }, filter.until.map { "until \($0)" }, filter.adapter.map { "adapter \($0)" },
            filter.account.map { "account \($0)" }, filter.onlyDeadLetters ? "only dead letters" : nil,
        ].compactMap { $0 }
        description = (["\(sources.map(\.name).joined(separator: ", ")) to \(target)"] + conditions).joined(separator: ", ")
        self.place = place
    }

    /// Reads the file; nil where there is none or it is no checkpoint.
    public init?(file: String) {
        guard let contents = FileManager.default.contents(atPath: file), let json = try? JSON(parsing: Array(contents)),
            let description = json["replay"].string, let source = json["source"].int, let offset = json["offset"].int,
            let count = json["count"].int
        else { return nil }
        self.description = description
        place = ReplayPlace(source: Int(source), point: SourcePoint(offset: offset, count: Int(count)))
    }

    /// Writes the file, all or nothing.
    public func write(to file: String) throws {
        var writer = JSONWriter()
        writer.object { members in
            members.member("replay", description)
            members.member("source", place.source)
            members.member("offset", place.point.offset)
            members.member("count", place.point.count)
        }
        try Data(writer.bytes).write(to: URL(fileURLWithPath: file), options: .atomic)
    }
}
