import Journal
import Messaging

/// Reads `.http` files, several at a time.
struct FileChunks {
    private let paths: [String]
    private let receivedAt: Instant
    private var position: Int

    init(_ paths: [String], after point: SourcePoint, receivedAt: Instant) {
        self.paths = paths
        self.receivedAt = receivedAt
        position = point.count
    }

    mutating func next() -> SourceChunk? {
        guard position < paths.count else { return nil }
        let range = position..<min(position + 64, paths.count)
        position = range.upperBound
        return SourceChunk { [paths, receivedAt] in
            range.map { index in
                SourceItem(content: FileChunks.content(of: paths[index], receivedAt: receivedAt), end: SourcePoint(count: index + 1))
            }
        }
    }

    private static func content(of path: String, receivedAt: Instant) -> SourceItem.Content {
        do throws(CaptureFileError) {
            return content(of: try CaptureFiles.read(path), at: path, receivedAt: receivedAt)
        } catch {
            return .done(.problem(CaptureProblem(CaptureOrigin(path), error.reason)))
        }
    }

    /// The content of a file that was already read.
    static func content(of file: HTTPCapture, at path: String, receivedAt: Instant) -> SourceItem.Content {
        do throws(CaptureProblem) {
            return .capture(try Capture(httpFile: file, at: path, receivedAt: receivedAt))
        } catch {
            return .done(.problem(error))
        }
    }
}
