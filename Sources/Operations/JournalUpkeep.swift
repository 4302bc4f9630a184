public import JSON
public import Journal
import Messaging

// Made by `JournalReader.check`.
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
    /// Returns the space of deleted rows to the system. Throws `unavailable` if another process has the file open.
    public static func compact(_ path: String) async throws(JournalError) -> CompactedJournal {
        let (before, after) = try await JournalCompaction(path: path).run()
        return CompactedJournal(path: path, bytesBefore: before, bytesAfter: after)
    }
}

/// The result of compacting a journal.
public struct CompactedJournal: Presentable, Equatable {
    /// Its file.
    public let path: String
    /// The file's size before.
    public let bytesBefore: Int64
    /// The file's size now.
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
    /// Copies the journal at one moment into a new file, which is checked before it gets its name and never overwrites another.
    public func makeBackup(_ file: String) async throws(JournalError) -> JournalCopy {
        JournalCopy(file: file, bytes: try await backUp(to: file))
    }
}

/// A copy of a journal.
public struct JournalCopy: Presentable, Equatable {
    /// The copy's path.
    public let file: String
    /// The copy's size.
    public let bytes: Int64

    /// Writes `{"file":…,"bytes":…}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("file", file)
            line.member("bytes", bytes)
        }
    }
}
