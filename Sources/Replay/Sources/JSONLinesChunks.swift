import Foundation
import Journal
import Messaging

/// Cuts a stream of JSON Lines into chunks of whole lines, in constant memory.
struct JSONLinesChunks {
    /// A longer line is reported and skipped: the largest body that a gateway accepts is far smaller.
    static let longestLine = 64 << 20
    /// The amount that a journal stores in one transaction: about four thousand captures of a thousand bytes.
    private static let chunkSize = 4 << 20

    private let stream: ByteStream
    private let receivedAt: Instant
    private var point: SourcePoint
    private var rest: [UInt8]
    private var isAtEnd = false

    /// Continues after a point; `head` has bytes that were already read.
    init(_ stream: ByteStream, after point: SourcePoint, head: [UInt8] = [], receivedAt: Instant) {
        self.stream = stream
        self.receivedAt = receivedAt
        // A file is read again from its point, even if its beginning was already read to recognize it.
        let isFile = stream.seek(to: point.offset)
        rest = isFile ? [] : head
        self.point = isFile ? point : SourcePoint()
    }

    mutating func next() async throws(CaptureFileError) -> SourceChunk? {
        while true {
            if let end = rest.lastIndex(of: 0x0A) { return chunk(upTo: end + 1) }
            if isAtEnd { return rest.isEmpty ? nil : chunk(upTo: rest.count) }
            if rest.count > JSONLinesChunks.longestLine { return try await overlong() }
            guard let bytes = try await stream.next(JSONLinesChunks.chunkSize) else { return stopped() }
            isAtEnd = bytes.isEmpty
            rest += bytes
        }
    }

    /// Discards a line whose end had not arrived, without a report, since it may have been cut off by the stop.
    private mutating func stopped() -> SourceChunk? {
        isAtEnd = true
        rest = []
        return nil
    }

    private mutating func chunk(upTo end: Int) -> SourceChunk {
        let lines = Lines(bytes: Array(rest[..<end]), start: point, path: stream.name, isLast: isAtEnd, receivedAt: receivedAt)
        rest = Array(rest[end...])
        point.offset += Int64(end)
        point.count += lines.count
        return SourceChunk { lines.items() }
    }

    private mutating func overlong() async throws(CaptureFileError) -> SourceChunk? {
        let problem = CaptureProblem(
            CaptureOrigin(stream.name, .line(point.count + 1)), "the line is longer than \(JSONLinesChunks.longestLine >> 20) MiB")
        var end: Int?
        while end == nil, !isAtEnd {
            point.offset += Int64(rest.count)
            guard let bytes = try await stream.next() else { return stopped() }
            rest = bytes
            isAtEnd = rest.isEmpty
            end = rest.firstIndex(of: 0x0A)
        }
        let taken = end.map { $0 + 1 } ?? rest.count
        rest = Array(rest[taken...])
        point.offset += Int64(taken)
        point.count += 1
        return SourceChunk([SourceItem(content: .done(.problem(problem)), end: point)])
    }
}

/// Complete lines of a file.
private struct Lines: Sendable {
    let bytes: [UInt8]
    let start: SourcePoint
    let path: String
    /// Whether nothing follows; only then may the last line lack its line break.
    let isLast: Bool
    let receivedAt: Instant

    var count: Int { bytes.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) } + (bytes.last == 0x0A ? 0 : 1) }

    /// Blank lines are skipped.
    func items() -> [SourceItem] {
        var items: [SourceItem] = []
        var point = start
        var position = start.offset == 0 && bytes.starts(with: ByteOrderMark.utf8) ? ByteOrderMark.utf8.count : 0
        point.offset += Int64(position)
        while position < bytes.count {
            let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
            let next = min(end + 1, bytes.count)
            point.count += 1
            point.offset += Int64(next - position)
            var line = bytes[position..<end]
            if line.last == 0x0D { line = line.dropLast() }
            if line.contains(where: { $0 != 0x20 && $0 != 0x09 }) {
                items.append(SourceItem(content: content(of: Array(line), number: point.count, isCut: end == bytes.count), end: point))
            }
            position = next
        }
        return items
    }

    private func content(of line: [UInt8], number: Int, isCut: Bool) -> SourceItem.Content {
        let origin = CaptureOrigin(path, .line(number))
        do throws(CaptureLineError) {
            return .capture(try Capture(jsonLine: line, at: origin, receivedAt: receivedAt))
        } catch {
            let cut = isCut ? "; this last line has no line end, so the file may have been cut off" : ""
            return .done(.problem(CaptureProblem(origin, error.description + cut)))
        }
    }
}
