import Foundation
import GRDB
import GRDBSQLite

/// A file and the two that SQLite keeps beside it, as they were when they were opened.
///
/// A file that is removed, moved or replaced stays writable for whoever has it open, and is gone at the next start. Three calls of `stat`,
/// about a microsecond, tell it before an acknowledgement; a transaction of many writes asks once before and once after.
struct OpenFiles {
    private let paths: [String]
    private let identities: [FileIdentity?]

    /// Of the file at the configured path, which may be a link, and of the files that SQLite made beside where it leads to. To be made once the
    /// file was written to: before that there is no write-ahead log.
    init(_ db: Database, path: String) {
        let name = unsafe sqlite3_db_filename(db.sqliteConnection, "main").map { unsafe String(cString: $0) } ?? path
        paths = [path, name + "-wal", name + "-shm"]
        identities = paths.map { FileIdentity(path: $0) }
    }

    /// Throws `gone` where a path no longer leads to the file that is open.
    func check() throws(StoreError) {
        for (path, identity) in zip(paths, identities) where FileIdentity(path: path) != identity { throw StoreError(.gone, path) }
    }
}

/// What makes a file one, wherever it is moved on its file system.
private struct FileIdentity: Equatable {
    private let device: dev_t
    private let inode: ino_t

    /// Of the file that a path leads to; nil where it leads to none.
    init?(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        (device, inode) = (status.st_dev, status.st_ino)
    }
}
