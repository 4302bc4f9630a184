import Foundation
import Journal
import Messaging

/// The captures of several sources, one source after the other, in constant memory.
public struct CaptureStream: Sendable {
    private let sources: [CaptureSource]
    private let filter: CaptureFilter
    private let receivedAt: Instant
    private let isStopped: @Sendable () -> Bool
    private var index: Int
    private var start: SourcePoint
    private var chunks: Chunks?
    /// The number of captures that may still be handed out; nil if there is no limit.
    private var left: Int?

    /// Continues after a position and ends after `limit` captures, of which those that the filter excludes do not count. `receivedAt` is
    /// the time of captures without one; `isStopped` is called while a pipe has no data.
    public init(
        _ sources: [CaptureSource], filter: CaptureFilter = CaptureFilter(), from position: ReplayPosition = ReplayPosition(),
        limit: Int? = nil, receivedAt: Instant, isStopped: @escaping @Sendable () -> Bool = { false }
    ) {
        left = limit
        self.sources = sources
        self.filter = filter
        self.receivedAt = receivedAt
        self.isStopped = isStopped
        index = position.source
        start = position.point
    }

    /// The next chunk; nil at the end of the last source, and once the limit is reached.
    mutating func next() async -> SourceChunk? {
        guard left != 0 else { return nil }
        return await unlimitedNext().map { limited($0) }
    }

    /// The part of the chunk that is within the limit of captures. To count them, it has to be parsed.
    private mutating func limited(_ chunk: SourceChunk) -> SourceChunk {
        guard var left else { return chunk }
        let items = chunk.items()
        var end = items.startIndex
        while end < items.endIndex, left > 0 {
            if case .capture = items[end].content { left -= 1 }
            end += 1
        }
        self.left = left
        return SourceChunk(Array(items[..<end]), of: chunk.source)
    }

    private mutating func unlimitedNext() async -> SourceChunk? {
        while index < sources.count {
            do {
                if chunks == nil { chunks = try await open(sources[index]) }
                if var chunk = try await chunks?.next() {
                    chunk.source = index
                    chunk.filter = sources[index].isAsked ? nil : filter
                    return chunk
                }
            } catch {
                let problem = CaptureProblem(CaptureOrigin(error.path), error.reason)
                defer { finishSource() }
                return SourceChunk([SourceItem(content: .done(.problem(problem)), end: start)], of: index)
            }
            // After a stop the rest of a pipe is unread, so the next source must not begin.
            guard !isStopped() else { return nil }
            finishSource()
        }
        return nil
    }

    /// Every capture and problem in order, for callers that do not need several threads.
    public mutating func items() async -> [SourceItem]? { await next()?.items() }

    private mutating func finishSource() {
        chunks = nil
        index += 1
        start = SourcePoint()
    }

    private func open(_ source: CaptureSource) async throws(CaptureFileError) -> Chunks {
        switch source {
        case .files(let paths): return .files(FileChunks(paths, after: start, receivedAt: receivedAt))
        case .lines(let path):
            return .lines(JSONLinesChunks(try ByteStream(path: path, isStopped: isStopped), after: start, receivedAt: receivedAt))
        case .har(let path): return .har(HARChunks(try ByteStream(path: path, isStopped: isStopped), after: start))
        case .journal(let path): return .journal(try JournalChunks(path, filter, after: start))
        case .pipe(let path): return try await open(pipe: ByteStream(path: path, isStopped: isStopped))
        case .standardInput: return try await open(pipe: ByteStream(path: nil, isStopped: isStopped))
        }
    }

    private func open(pipe stream: ByteStream) async throws(CaptureFileError) -> Chunks {
        guard let head = try await stream.next() else { return .one(nil) }
        switch CaptureSource.recognise(head, path: stream.name) {
        case .har: return .har(HARChunks(stream, after: start, head: head))
        case .lines: return .lines(JSONLinesChunks(stream, after: start, head: head, receivedAt: receivedAt))
        case .journal: throw CaptureFileError(path: stream.name, reason: "a journal cannot be read from a pipe: name its file")
        default: return .one(try await file(head, from: stream))
        }
    }

    private func file(_ head: [UInt8], from stream: ByteStream) async throws(CaptureFileError) -> SourceItem? {
        var bytes = head
        while true {
            guard let more = try await stream.next() else { return nil }
            if more.isEmpty { break }
            bytes += more
        }
        guard !bytes.isEmpty else { throw CaptureFileError(path: stream.name, reason: "empty: there is no capture to read") }
        do throws(HTTPCaptureError) {
            let file = try HTTPCapture(parsing: bytes)
            return SourceItem(content: FileChunks.content(of: file, at: stream.name, receivedAt: receivedAt), end: SourcePoint(count: 1))
        } catch {
            throw CaptureFileError(path: stream.name, reason: error.description)
        }
    }

    private enum Chunks: Sendable {
        case files(FileChunks)
        case lines(JSONLinesChunks)
        case har(HARChunks)
        case journal(JournalChunks)
        case one(SourceItem?)

        mutating func next() async throws(CaptureFileError) -> SourceChunk? {
            switch self {
            case .files(var chunks):
                defer { self = .files(chunks) }
                return chunks.next()
            case .lines(var chunks):
                defer { self = .lines(chunks) }
                return try await chunks.next()
            case .har(var chunks):
                defer { self = .har(chunks) }
                return try await chunks.next()
            case .journal(var chunks):
                defer { self = .journal(chunks) }
                return try await chunks.next()
            case .one(let item):
                self = .one(nil)
                return item.map { SourceChunk([$0]) }
            }
        }
    }
}
