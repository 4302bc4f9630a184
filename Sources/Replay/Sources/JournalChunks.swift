import Journal

/// The deliveries that a journal kept, in order.
struct JournalChunks {
    private let path: String
    private let reader: JournalReader
    private let filter: CaptureFilter
    private var point: SourcePoint
    private var isAtEnd = false

    init(_ path: String, _ filter: CaptureFilter, after point: SourcePoint) throws(CaptureFileError) {
        self.path = path
        self.point = point
        self.filter = filter
        do throws(JournalError) { reader = try JournalReader(path: path) } catch {
            throw Self.failure(error, at: path)
        }
    }

    mutating func next() async throws(CaptureFileError) -> SourceChunk? {
        // A multiple of the number in a compressed block: a block across two pages is decompressed twice.
        let captures: [Capture]
        do throws(JournalError) { captures = try await reader.captures(filter, after: point.offset, limit: 900) } catch {
            throw Self.failure(error, at: path)
        }
        guard let last = captures.last else { return try await unreadable() }
        let count = point.count
        point = SourcePoint(offset: last.position, count: count + captures.count)
        return SourceChunk {
            captures.enumerated().map { index, capture in
                SourceItem(content: .capture(capture), end: SourcePoint(offset: capture.position, count: count + index + 1))
            }
        }
    }

    /// After the last delivery, a problem if deliveries cannot be read.
    private mutating func unreadable() async throws(CaptureFileError) -> SourceChunk? {
        guard !isAtEnd else { return nil }
        isAtEnd = true
        let count: Int
        do throws(JournalError) { count = try await reader.unreadableDeliveryCount() } catch { throw Self.failure(error, at: path) }
        guard let reason = JournalReader.sentence(ofUnreadable: count) else { return nil }
        return SourceChunk([SourceItem(content: .done(.problem(CaptureProblem(CaptureOrigin(path), reason))), end: point)])
    }

    /// The failure, without a second path if the error's reason already begins with it.
    private static func failure(_ error: JournalError, at path: String) -> CaptureFileError {
        let named = "\(path): "
        let reason = error.reason.hasPrefix(named) ? String(error.reason.dropFirst(named.count)) : error.reason
        return CaptureFileError(path: path, reason: reason)
    }
}
