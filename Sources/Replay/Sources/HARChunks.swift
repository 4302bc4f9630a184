import Journal
import Messaging

/// The webhooks of a HAR file, read entry by entry.
struct HARChunks {
    private let stream: ByteStream
    private var scanner = HAREntryScanner()
    private var head: [UInt8]
    private let first: Int
    private var isAtEnd = false

    /// Continues after a point; `head` has bytes that were already read.
    init(_ stream: ByteStream, after point: SourcePoint, head: [UInt8] = []) {
        self.stream = stream
        self.head = head
        first = point.count
    }

    mutating func next() async throws(CaptureFileError) -> SourceChunk? {
        while !isAtEnd {
            guard let bytes = head.isEmpty ? try await stream.next() : head else {
                isAtEnd = true
                return nil
            }
            head = []
            guard !bytes.isEmpty else {
                isAtEnd = true
                return problemAtEnd
            }
            let entries = scanner.scan(bytes).filter { $0.index >= first }
            guard !entries.isEmpty else { continue }
            let path = stream.name
            return SourceChunk { entries.map { HARChunks.item($0, of: path) } }
        }
        return nil
    }

    private var problemAtEnd: SourceChunk? {
        let reason: String
        if !scanner.hasEntries {
            reason = "not a HAR file: log.entries is missing"
        } else if scanner.isInEntry {
            reason = "the file ends within entry \(scanner.count - 1)"
        } else if !scanner.isComplete {
            reason = "the file ends after entry \(scanner.count - 1), before its entries do"
        } else {
            return nil
        }
        let problem = CaptureProblem(CaptureOrigin(stream.name, .line(scanner.line)), reason)
        return SourceChunk([SourceItem(content: .done(.problem(problem)), end: SourcePoint(count: scanner.count))])
    }

    private static func item(_ entry: HAREntryScanner.Entry, of path: String) -> SourceItem {
        let origin = CaptureOrigin(path, .entry(entry.index, line: entry.line))
        let end = SourcePoint(count: entry.index + 1)
        do throws(HAREntryError) {
            guard case .webhook(let delivery) = try HAREntry(parsing: entry.bytes) else {
                return SourceItem(content: .done(.skipped), end: end)
            }
            return SourceItem(content: .capture(Capture(delivery, at: origin)), end: end)
        } catch {
            return SourceItem(content: .done(.problem(CaptureProblem(origin, error.description))), end: end)
        }
    }
}
