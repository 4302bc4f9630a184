import CZstd

/// Zstandard frames (RFC 8878) by libzstd, each with a checksum of its content.
public enum Zstandard {
    /// One frame of `bytes`. Level 1 is fastest, 19 smallest.
    public static func compress(_ bytes: [UInt8], level: Int32 = 6) throws(CompressionError) -> [UInt8] {
        guard let context = ZSTD_createCCtx() else { throw CompressionError(reason: "there is no memory to compress in") }
        defer { ZSTD_freeCCtx(context) }
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        var result = 0
        let frame = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, count in
            result = ZSTD_compress2(context, buffer.baseAddress, buffer.count, bytes, bytes.count)
            count = ZSTD_isError(result) == 0 ? result : 0
        }
        guard ZSTD_isError(result) == 0 else { throw CompressionError(code: result) }
        return frame
    }

    /// The content of a frame that contains its size; throws for anything else, and if the content is longer than `limit` bytes.
    public static func decompress(_ frame: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
        let size = ZSTD_getFrameContentSize(frame, frame.count)
        // The two largest numbers mean an unknown size and an error.
        guard size < switchboard_zstd_unknown_size() - 1 else { throw CompressionError(reason: "no frame that tells its size") }
        guard size <= UInt64(limit) else { throw CompressionError(reason: "longer than \(limit) bytes") }
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            result = ZSTD_decompress(buffer.baseAddress, buffer.count, frame, frame.count)
            count = ZSTD_isError(result) == 0 ? result : 0
        }
        guard ZSTD_isError(result) == 0 else { throw CompressionError(code: result) }
        return bytes
    }
}

/// Why bytes could not be compressed, or are not a frame.
public struct CompressionError: Error, Equatable, CustomStringConvertible {
    /// The message of libzstd.
    public let reason: String

    init(reason: String) { self.reason = reason }

    init(code: Int) { self.init(reason: String(cString: ZSTD_getErrorName(code))) }

    /// `compression: Restored data doesn't match checksum`.
    public var description: String { "compression: \(reason)" }
}
