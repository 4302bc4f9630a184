import Foundation

/// Makes the journal's place on the disk: it holds messages, phones and tokens, so that nobody but its owner may read it.
enum JournalFile {
    /// The file is there, empty or not, and readable by its owner alone before SQLite opens it: the files beside it (`-wal`, `-shm`) take
    /// over its permissions when they are made.
    static func prepare(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        // Only one that is new is opened: closing another would give up the locks that this process may hold on it.
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
        for file in [path, "\(path)-wal", "\(path)-shm"] where FileManager.default.fileExists(atPath: file) {
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        }
    }
}
