import Foundation

/// A file that the gateway keeps for itself, its journal for one; readable by its owner alone.
///
/// What root makes is given to the owner of the folder that it is in. A verb is often run as root, and the gateway has a user of its own, who could
/// not open a file of root's.
public enum GatewayFile {
    /// Makes an empty file, and returns its descriptor, which the caller closes. Throws EEXIST where there is something of that name.
    public static func create(_ path: String) throws(SystemError) -> Int32 {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError(code: errno) }
        give(descriptor, toOwnerOf: folder(of: path))
        return descriptor
    }

    /// Makes a folder where there is none, and those that it is in.
    public static func makeFolder(_ path: String) throws(SystemError) {
        var status = stat()
        if unsafe stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw SystemError(code: ENOTDIR) }
            return
        }
        let parent = folder(of: path)
        if parent != path { try makeFolder(parent) }
        guard unsafe mkdir(path, 0o700) == 0 else {
            // Another process was quicker.
            guard errno == EEXIST else { throw SystemError(code: errno) }
            return
        }
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Whoever may write to the folder that it is in can have put another in its place. One that is empty is worth nothing.
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd/\(descriptor)")
        if names?.isEmpty == true { give(descriptor, toOwnerOf: parent) }
    }

    /// Makes a file readable by its owner alone. Root follows no link there: who owns the folder could have it lead to any file.
    public static func makePrivate(_ path: String) throws(SystemError) {
        guard unsafe fchmodat(AT_FDCWD, path, 0o600, geteuid() == 0 ? AT_SYMLINK_NOFOLLOW : 0) != 0, errno != EOPNOTSUPP else { return }
        throw SystemError(code: errno)
    }

    /// Whether a file has a second name, by which root would give away or change what is somebody else's. Only root is told so.
    public static func isLinkedElsewhere(_ path: String) -> Bool {
        var status = stat()
        return unsafe geteuid() == 0 && lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_nlink > 1
    }

    /// Makes the file, or replaces it. Whoever reads it finds it whole, as it was or as it is now.
    public static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let draft = try draft(bytes, of: path)
        guard unsafe rename(draft, path) == 0 else { throw failure(removing: draft) }
    }

    /// Makes the file, which nobody finds before it is whole. Throws EEXIST where there is something of that name.
    public static func writeNew(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let draft = try draft(bytes, of: path)
        guard unsafe link(draft, path) == 0 else { throw failure(removing: draft) }
        unsafe unlink(draft)
    }

    /// Beside the file, and on the disk.
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

    /// Whether a file belongs to somebody else than its folder does, who cannot open it. Only root is told so: anybody else sees what may be
    /// opened. Root's own folder has whoever's files root has put there.
    public static func isStray(_ path: String) -> Bool {
        var (file, folder) = (stat(), stat())
        guard geteuid() == 0, unsafe stat(path, &file) == 0, unsafe stat(self.folder(of: path), &folder) == 0 else { return false }
        return folder.st_uid != 0 && file.st_uid != folder.st_uid
    }

    /// Whether a file, or the link that leads to it, belongs to another user, in a folder that every user may write to: whoever that is could
    /// have put it there, can read what is stored in it, and can change it. Root's files and those of the folder's owner are none.
    public static func isPlanted(_ path: String) -> Bool {
        var (link, file, folder) = (stat(), stat(), stat())
        guard unsafe lstat(path, &link) == 0, unsafe stat(path, &file) == 0, unsafe stat(self.folder(of: path), &folder) == 0,
            folder.st_mode & 0o002 != 0
        else { return false }
        return [link.st_uid, file.st_uid].contains { ![0, geteuid(), folder.st_uid].contains($0) }
    }

    /// The folder that a file is in.
    public static func folder(of path: String) -> String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

    /// A file on the way to a path, where a folder would have to be; nil where there is none.
    public static func fileInTheWay(of path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) != 0, errno == ENOTDIR else { return nil }
        var above = folder(of: path)
        while unsafe stat(above, &status) != 0, above != "/" { above = folder(of: above) }
        return status.st_mode & S_IFMT == S_IFDIR ? nil : above
    }

    /// A file system that knows no owners keeps it as it is.
    private static func give(_ descriptor: Int32, toOwnerOf folder: String) {
        var status = stat()
        guard geteuid() == 0, unsafe stat(folder, &status) == 0 else { return }
        _ = fchown(descriptor, status.st_uid, status.st_gid)
    }
}

/// The operating system's reason why it did not do something.
public struct SystemError: Error, Equatable, CustomStringConvertible {
    /// As in errno.h.
    public let code: Int32

    /// One that a call left in `errno`.
    public init(code: Int32) { self.code = code }

    /// The system's code where Foundation wraps it; EIO where it has none.
    public init(_ error: any Error) {
        let wrapped = error as NSError
        let cause = wrapped.userInfo[NSUnderlyingErrorKey] as? NSError ?? wrapped
        self.init(code: cause.domain == NSPOSIXErrorDomain ? Int32(cause.code) : EIO)
    }

    /// The system's words.
    public var description: String { unsafe String(cString: strerror(code)) }
}
