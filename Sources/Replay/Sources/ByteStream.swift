import Foundation

/// Reads a file or standard input in chunks on a queue of its own, since a pipe may have no data for long.
final class ByteStream: Sendable {
    /// The name in error messages.
    let name: String
    /// Nil for a pipe.
    let size: Int64?
    private let descriptor: Int32
    /// The file offset at the start, since another program may have read part of standard input.
    private let origin: Int64
    private let queue = DispatchQueue(label: "switchboard.replay.input")
    private let isStopped: @Sendable () -> Bool

    /// Opens a file; nil is standard input. `isStopped` is called while there is nothing to read.
    init(path: String?, isStopped: @escaping @Sendable () -> Bool) throws(CaptureFileError) {
        name = path ?? "standard input"
        // Opening a pipe without O_NONBLOCK would wait for its writer, without checking `isStopped`.
        descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) } ?? STDIN_FILENO
        guard descriptor >= 0 else { throw CaptureFileError(path: name, reason: String(cString: strerror(errno))) }
        var status = stat()
        let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        size = isFile ? Int64(status.st_size) : nil
        origin = isFile ? Int64(max(lseek(descriptor, 0, SEEK_CUR), 0)) : 0
        self.isStopped = isStopped
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// Continues at a byte, counted from the start offset; returns false if it is not a file.
    func seek(to offset: Int64) -> Bool { size != nil && lseek(descriptor, off_t(origin + offset), SEEK_SET) >= 0 }

    /// The next bytes, at most `count`; empty at the end, nil if the replay was stopped before any arrived.
    func next(_ count: Int = 1 << 19) async throws(CaptureFileError) -> [UInt8]? {
        let result = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.read(count)) }
        }
        return try result.get()
    }

    private func read(_ count: Int) -> Result<[UInt8]?, CaptureFileError> {
        while true {
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            while size == nil, Foundation.poll(&poll, 1, 200) == 0 {
                if isStopped() { return .success(nil) }
            }
            var failure: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                let read = Foundation.read(descriptor, buffer.baseAddress, count)
                failure = read < 0 ? errno : 0
                initialized = max(read, 0)
            }
            // Another reader of the pipe was faster, or a signal arrived.
            if failure == EAGAIN || failure == EINTR { continue }
            guard failure == 0 else { return .failure(CaptureFileError(path: name, reason: String(cString: strerror(failure)))) }
            return .success(bytes)
        }
    }
}
