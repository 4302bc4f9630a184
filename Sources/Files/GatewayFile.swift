import Foundation

/// The gateway's own files, such as its journal, readable only by their owner.
///
/// If root creates one, it is given to the owner of its folder: verbs are often run as root, and the gateway has a user of its own, who
/// could not open root's files.
public enum GatewayFile {
    /// Creates an empty file and returns its descriptor, which the caller closes. Throws EEXIST if the name exists.
    public static func create(_ path: String) throws(SystemError) -> Int32 {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError(code: errno) }
        give(descriptor, toOwnerOf: folder(of: path))
        return descriptor
    }

    /// Creates a folder and its parents unless they exist.
    public static func makeFolder(_ path: String) throws(SystemError) {
        var status = stat()
        if unsafe stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw SystemError(code: ENOTDIR) }
            return
        }
        let parent = folder(of: path)
        if parent != path { try makeFolder(parent) }
        guard unsafe mkdir(path, 0o700) == 0 else {
            // Another process created it first.
            guard errno == EEXIST else { throw SystemError(code: errno) }
            return
        }
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Anybody with write access to the parent may have put another folder in its place; an empty one has no value to them.
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd/\(descriptor)")
        if names?.isEmpty == true { give(descriptor, toOwnerOf: parent) }
    }

    /// Makes a file readable only by its owner. Root does not follow a link, which the folder's owner could point to any file.
    public static func makePrivate(_ path: String) throws(SystemError) {
        guard unsafe fchmodat(AT_FDCWD, path, 0o600, geteuid() == 0 ? AT_SYMLINK_NOFOLLOW : 0) != 0, errno != EOPNOTSUPP else { return }
        throw SystemError(code: errno)
    }

    /// Whether a file has a second name, by which root would change or give away another user's file. Always false for other users.
    public static func isLinkedElsewhere(_ path: String) -> Bool {
        var status = stat()
        return unsafe geteuid() == 0 && lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_nlink > 1
    }

    /// Creates or replaces a file. A reader always finds the complete former or new content.
    public static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let draft = try draft(bytes, of: path)
        guard unsafe rename(draft, path) == 0 else { throw failure(removing: draft) }
    }

    /// Creates a file, which is visible only once it is complete. Throws EEXIST if the name exists.
    public static func writeNew(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let draft = try draft(bytes, of: path)
        guard unsafe link(draft, path) == 0 else { throw failure(removing: draft) }
        unsafe unlink(draft)
    }

    /// Writes a temporary file beside the file and syncs it to disk.
    private static func draft(_ bytes: [UInt8], of path: String) throws(SystemError) -> String {
        let draft = "\(path).\(UUID().uuidString)"
        let file = FileHandle(fileDescriptor: try create(draft), closeOnDealloc: true)
        do {
            try file.write(contentsOf: bytes)
            try file.synchronize()
            try file.close()
        } catch {
            unsafe unlink(draft)
            throw SystemError(error)
        }
        return draft
    }

    private static func failure(removing draft: String) -> SystemError {
        let error = SystemError(code: errno)
        unsafe unlink(draft)
        return error
    }

    /// Whether a file belongs to somebody other than its folder's owner, who therefore cannot open it. Always false for other users than
    /// root, who see for themselves what they can open, and in root's own folder, where root may put anybody's files.
    public static func isStray(_ path: String) -> Bool {
        var (file, folder) = (stat(), stat())
        guard geteuid() == 0, unsafe stat(path, &file) == 0, unsafe stat(self.folder(of: path), &folder) == 0 else { return false }
        return folder.st_uid != 0 && file.st_uid != folder.st_uid
    }

    /// Whether another user owns a file, or the link to it, in a folder that every user may write to: that user may have put it there, and
    /// can read and change what is stored in it. Files of root and of the folder's owner are excluded.
    public static func isPlanted(_ path: String) -> Bool {
        var (link, file, folder) = (stat(), stat(), stat())
        guard unsafe lstat(path, &link) == 0, unsafe stat(path, &file) == 0, unsafe stat(self.folder(of: path), &folder) == 0,
            folder.st_mode & 0o002 != 0
        else { return false }
        return [link.st_uid, file.st_uid].contains { ![0, geteuid(), folder.st_uid].contains($0) }
    }

    /// The folder that a file is in.
    public static func folder(of path: String) -> String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

    /// The file that stands in a path where a folder is needed; nil if there is none.
    public static func fileInTheWay(of path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) != 0, errno == ENOTDIR else { return nil }
        var above = folder(of: path)
        while unsafe stat(above, &status) != 0, above != "/" { above = folder(of: above) }
        return status.st_mode & S_IFMT == S_IFDIR ? nil : above
    }

    /// Changes the owner. The result is ignored, since some file systems have no owners.
    private static func give(_ descriptor: Int32, toOwnerOf folder: String) {
        var status = stat()
        guard geteuid() == 0, unsafe stat(folder, &status) == 0 else { return }
        _ = fchown(descriptor, status.st_uid, status.st_gid)
    }
}

/// An error of the operating system.
public struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The code, as in errno.h.
    public let code: Int32

    /// The error of a call that set `errno`.
    public init(code: Int32) { self.code = code }

    /// The system's code in an error of Foundation's; EIO if it has none.
    public init(_ error: any Error) {
        let wrapped = error as NSError
        let cause = wrapped.userInfo[NSUnderlyingErrorKey] as? NSError ?? wrapped
        self.init(code: cause.domain == NSPOSIXErrorDomain ? Int32(cause.code) : EIO)
    }

    /// The system's message.
    public var description: String { unsafe String(cString: strerror(code)) }
}
