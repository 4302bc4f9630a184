import Journal

/// What a journal kept, in its order.
struct JournalBlocks {
    private let path: String
    private let reader: JournalReader
    private let filter: CaptureFilter
    private var point: SourcePoint

    init(_ path: String, _ filter: ReplayFilter, after point: SourcePoint) throws(CaptureFileError) {
        self.path = path
        self.point = point
        self.filter = filter.journal
        do throws(JournalError) { reader = try JournalReader(path: path) } catch {
            throw CaptureFileError(path: path, reason: error.reason)
        }
    }

    mutating func next() async throws(CaptureFileError) -> SourceBlock? {
        // A multiple of what a compressed block holds: one that a page cuts is decompressed twice.
        let captures: [Capture]
        do throws(JournalError) { captures = try await reader.captures(filter, after: point.offset, limit: 900) } catch {
            throw CaptureFileError(path: path, reason: error.reason)
        }
        guard let last = captures.last else { return nil }
        let count = point.count
        point = SourcePoint(offset: last.position, count: count + captures.count)
        return SourceBlock(end: point) { [path] in
            captures.enumerated().map { index, capture in
                let origin = CaptureOrigin(path, place: "delivery \(capture.id)")
                let end = SourcePoint(offset: capture.position, count: count + index + 1)
                let sourced = SourcedCapture(CaptureLine(capture), at: origin, position: capture.position)
                return SourceItem(content: .capture(sourced), end: end)
            }
        }
    }
}

extension ReplayFilter {
    /// The same question for a journal; refused deliveries are none to be taken again.
    var journal: CaptureFilter {
        var filter = CaptureFilter()
        filter.since = since
        filter.until = until
        filter.adapter = adapter
        filter.account = account
        filter.states = onlyDeadLetters ? [.deadLetter] : []
        return filter
    }
}
