import Foundation
import GRDB
import GRDBSQLite

/// A database file and the two files that SQLite keeps beside it, as they were when they were opened.
///
/// A process that has a file open can still write to it after the file was removed, moved or replaced, but those writes are lost at the
/// next start. Three calls of `stat` (about a microsecond) detect this before an acknowledgement. A transaction of many writes checks once
/// before and once after.
struct OpenFiles {
    private let paths: [String]
    private let identities: [FileIdentity?]

    /// Records the identity of the file at the configured path, which may be a link, and of the files beside the link's target. Create it
    /// after the first write to the file: before that there is no write-ahead log.
    init(_ db: Database, path: String) {
        let name = unsafe sqlite3_db_filename(db.sqliteConnection, "main").map { unsafe String(cString: $0) } ?? path
        paths = [path, name + "-wal", name + "-shm"]
        identities = paths.map { FileIdentity(path: $0) }
    }

    /// Throws `gone` if a path no longer leads to the file that is open.
    func check() throws(StoreError) {
        for (path, identity) in zip(paths, identities) where FileIdentity(path: path) != identity { throw StoreError(.gone, path) }
    }
}

/// Identifies a file, wherever it is moved on its file system.
private struct FileIdentity: Equatable {
    private let device: dev_t
    private let inode: ino_t

    /// The identity of the file to which a path leads; nil if it leads to none.
    init?(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        (device, inode) = (status.st_dev, status.st_ino)
    }
}
