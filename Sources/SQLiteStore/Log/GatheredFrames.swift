import GRDB
import GRDBSQLite

/// Writes everything that a transaction adds to the write-ahead log with one system call.
///
/// SQLite writes each frame of the log with two calls, a header of 24 bytes and a page, and syncs the log once at the end of the
/// transaction, before other connections see it. Here the frames are gathered in memory, and written before that sync, or before any other
/// call that must find them in the file. If that write fails, the sync reports the error, and the transaction is rolled back.
final class GatheredFrames: @unchecked Sendable {
    // Unchecked: used only on the connection's queue.
    private var bytes: [UInt8] = []
    /// The offset of `bytes` in the file.
    private var start: Int64 = 0

    /// The most bytes of one write by SQLite's system layer: it keeps 17 bits of a length, and treats a length whose 17 bits are all 0 as a
    /// full disk.
    private static let most = 0x1_FFFF

    /// From now on gathers what `db` writes into its write-ahead log. `db` must sync each of its transactions, and must have read or
    /// written its log.
    init(_ db: Database) throws {
        bytes.reserveCapacity(Self.most)
        try unsafe FileMethods.replace(of: WALIndex.logFile(of: db), for: self) { methods in
            unsafe methods.xWrite = { file, bytes, count, offset in
                unsafe FileMethods<GatheredFrames>.call(file) { owner, original, file in
                    unsafe owner.add(UnsafeRawBufferPointer(start: bytes, count: Int(count)), at: offset, original, file)
                }
            }
            unsafe methods.xSync = { file, flags in
                unsafe GatheredFrames.afterWriting(file) { unsafe $0.pointee.xSync?($1, flags) }
            }
            unsafe methods.xRead = { file, bytes, count, offset in
                unsafe GatheredFrames.afterWriting(file) { unsafe $0.pointee.xRead?($1, bytes, count, offset) }
            }
            unsafe methods.xTruncate = { file, size in
                unsafe GatheredFrames.afterWriting(file) { unsafe $0.pointee.xTruncate?($1, size) }
            }
            unsafe methods.xFileSize = { file, size in
                unsafe GatheredFrames.afterWriting(file) { unsafe $0.pointee.xFileSize?($1, size) }
            }
        }
    }

    /// Discards the frames of a transaction that is not committed.
    func forget() { bytes.removeAll(keepingCapacity: true) }

    /// Calls a method that must find in the file everything written so far.
    private static func afterWriting(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ body: (UnsafePointer<sqlite3_io_methods>, UnsafeMutablePointer<sqlite3_file>) -> Int32?
    ) -> Int32 {
        unsafe FileMethods<GatheredFrames>.call(file) { owner, original, file in
            let code = unsafe owner.write(original, file)
            return code == SQLITE_OK ? unsafe body(original, file) ?? SQLITE_MISUSE : code
        }
    }

    private func add(
        _ more: UnsafeRawBufferPointer, at offset: Int64, _ original: UnsafePointer<sqlite3_io_methods>,
        _ file: UnsafeMutablePointer<sqlite3_file>
    ) -> Int32 {
        let isNext = offset == start + Int64(bytes.count) && bytes.count + more.count <= Self.most
        if !bytes.isEmpty, !isNext {
            let code = unsafe write(original, file)
            guard code == SQLITE_OK else { return code }
        }
        guard more.count <= Self.most else {
            return unsafe original.pointee.xWrite?(file, more.baseAddress, Int32(more.count), offset) ?? SQLITE_MISUSE
        }
        if bytes.isEmpty { start = offset }
        unsafe bytes.append(contentsOf: more)
        return SQLITE_OK
    }

    private func write(_ original: UnsafePointer<sqlite3_io_methods>, _ file: UnsafeMutablePointer<sqlite3_file>) -> Int32 {
        guard !bytes.isEmpty else { return SQLITE_OK }
        defer { forget() }
        return unsafe bytes.withUnsafeBytes {
            unsafe original.pointee.xWrite?(file, $0.baseAddress, Int32($0.count), start) ?? SQLITE_MISUSE
        }
    }
}
