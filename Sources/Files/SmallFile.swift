import Foundation

/// A file that people name in settings or on a command line and that is read whole: settings, a certificate, a capture.
///
/// The path may be anything: a pipe without a writer would block a read for ever, and a device like /dev/zero has no end.
public struct SmallFile: Sendable {
    /// The usual limit in bytes; settings, certificates and keys have kilobytes.
    public static let usualLimit = 1 << 20

    /// The device number of /dev/null (Linux allocated devices, admin-guide/devices.txt: 1, 3).
    private static let null: dev_t = 0x103

    private let path: String
    private let limit: Int
    private let patience: Duration?
    private let waiting: @Sendable () -> Void

    /// Reads at most `limit` bytes. With `patience`, a pipe is awaited that long for each of its pieces; without, pipes are refused.
    /// `waiting` is called once a piece has been awaited for a second, or for half of a shorter patience.
    public init(
        _ path: String, limit: Int = usualLimit, awaitingPipe patience: Duration? = nil, waiting: @escaping @Sendable () -> Void = {}
    ) {
        self.waiting = waiting
        self.path = path
        self.limit = limit
        self.patience = patience
    }

    /// Whether a path exists, including a broken link and anything that this user may not examine.
    public static func isNamed(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 || errno != ENOENT && errno != ENOTDIR
    }

    /// The first broken link on the way to a file, including the file itself, with its target; nil if there is none.
    public static func brokenLink(on path: String) -> (link: String, target: String)? {
        let parts = path.split(separator: "/")
        for count in 1...max(1, parts.count) {
            let link = (path.hasPrefix("/") ? "/" : "") + parts.prefix(count).joined(separator: "/")
            var status = stat()
            guard unsafe lstat(link, &status) == 0 else { return nil }
            guard status.st_mode & S_IFMT == S_IFLNK, unsafe stat(link, &status) != 0, errno == ENOENT || errno == ENOTDIR || errno == ELOOP
            else { continue }
            return (link, (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) ?? "")
        }
        return nil
    }

    /// Reads the file. Blocks the calling thread no longer than a disk takes or, for a pipe, than `patience`.
    public func read() throws(SmallFileError) -> [UInt8] {
        // O_NONBLOCK, since opening a pipe would otherwise wait for its writer.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw failure(toOpen: errno) }
        defer { close(descriptor) }
        guard let isPipe = try isPipe(descriptor) else { return [] }
        var bytes: [UInt8] = []
        while true {
            if isPipe { try awaitMore(descriptor) }
            guard let piece = try piece(descriptor) else { continue }
            if piece.isEmpty { return bytes }
            bytes += piece
            guard bytes.count <= limit else { throw SmallFileError(reason: "has more than \(limit) bytes") }
        }
    }

    private func failure(toOpen code: Int32) -> SmallFileError {
        guard code != ENXIO else { return .notRegular }
        guard code == ENOENT, let broken = Self.brokenLink(on: path) else { return SmallFileError(code) }
        let reason = "is a symbolic link to \(broken.target), which does not exist"
        return SmallFileError(reason: broken.link == path ? reason : "cannot be reached: \(broken.link) \(reason)")
    }

    /// False for a regular file, true for a pipe that may be awaited, nil for /dev/null, with which containers hide files. Throws for
    /// anything else.
    private func isPipe(_ descriptor: Int32) throws(SmallFileError) -> Bool? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw SmallFileError(errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return false
        case S_IFIFO where patience != nil: return true
        case S_IFCHR where status.st_rdev == Self.null: return nil
        default: throw .notRegular
        }
    }

    private func awaitMore(_ descriptor: Int32) throws(SmallFileError) {
        let patience = patience ?? .zero
        let deadline = ContinuousClock.now + patience
        if Self.hasMore(descriptor, before: ContinuousClock.now + min(patience / 2, .seconds(1))) { return }
        waiting()
        guard Self.hasMore(descriptor, before: deadline) else {
            throw SmallFileError(reason: "is a pipe to which nothing was written within \(patience)")
        }
    }

    private static func hasMore(_ descriptor: Int32, before deadline: ContinuousClock.Instant) -> Bool {
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = max(0, ContinuousClock.now.duration(to: deadline) / .milliseconds(1)).rounded(.up)
            let count = unsafe poll(&entry, 1, Int32(min(left, Double(Int32.max))))
            if count > 0 { return true }
            guard count < 0, errno == EINTR else { return false }
        }
    }

    /// The next bytes; empty at the end, nil if there are none yet.
    private func piece(_ descriptor: Int32) throws(SmallFileError) -> [UInt8]? {
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            let taken = unsafe Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            code = taken < 0 ? errno : 0
            count = max(0, taken)
        }
        guard code != EAGAIN, code != EINTR else { return nil }
        guard code == 0 else { throw SmallFileError(code) }
        return bytes
    }
}

/// Why a file was not read, without its path: `is not a regular file`.
public struct SmallFileError: Error, Equatable, CustomStringConvertible {
    /// Continues a sentence that begins with the path.
    public let description: String
    /// Whether nothing exists at the path.
    public let isAbsence: Bool

    static let notRegular = SmallFileError(reason: "is not a regular file")

    init(reason: String) {
        description = reason
        isAbsence = false
    }

    init(_ code: Int32) {
        isAbsence = code == ENOENT || code == ENOTDIR
        description =
            switch code {
            case ENOENT: "there is no such file"
            case ENOTDIR: "there is no such file: a part of its path is a file, not a folder"
            case EACCES: "may not be read by this user: see the owner and mode of the file and of its folders"
            default: "cannot be read: \(unsafe String(cString: strerror(code)))"
            }
    }
}
