public import JSON
public import Journal
import Messaging

// `JournalReader.check` makes one.
extension JournalCheck: Presentable {
    /// Writes `{"rows":{…},"problems":[…]}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.key("rows")
            line.object { rows in
                for count in counts { rows.member(count.table, count.rows) }
            }
            line.key("problems")
            line.array { list in
                for problem in problems { list.string(problem) }
            }
        }
    }
}

extension JournalCompaction {
    /// Gives what removed rows have left empty back to the system. Throws `unavailable` where somebody else has the file open.
    public static func compact(_ path: String) async throws(JournalError) -> CompactedJournal {
        let (before, after) = try await JournalCompaction(path: path).run()
        return CompactedJournal(path: path, bytesBefore: before, bytesAfter: after)
    }
}

/// A journal that was written anew.
public struct CompactedJournal: Presentable, Equatable {
    /// Its file.
    public let path: String
    /// What it took.
    public let bytesBefore: Int64
    /// What it takes now.
    public let bytesAfter: Int64

    /// Writes `{"bytes_before":…,"bytes_after":…}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("bytes_before", bytesBefore)
            line.member("bytes_after", bytesAfter)
        }
    }
}

extension JournalReader {
    /// Copies the journal as it is at one moment into a file of its own, which is checked before it gets its name and never overwrites another.
    public func makeBackup(_ file: String) async throws(JournalError) -> JournalCopy {
        JournalCopy(file: file, bytes: try await backUp(to: file))
    }
}

/// A copy of a journal.
public struct JournalCopy: Presentable, Equatable {
    /// Where it is.
    public let file: String
    /// What it takes.
    public let bytes: Int64

    /// Writes `{"file":…,"bytes":…}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("file", file)
            line.member("bytes", bytes)
        }
    }
}
