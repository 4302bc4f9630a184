import Journal
import Messaging

/// `.http` files, some at a time.
struct FileBlocks {
    private let paths: [String]
    private let receivedAt: Instant
    private var position: Int

    init(_ paths: [String], after point: SourcePoint, receivedAt: Instant) {
        self.paths = paths
        self.receivedAt = receivedAt
        position = point.count
    }

    mutating func next() -> SourceBlock? {
        guard position < paths.count else { return nil }
        let range = position..<min(position + 64, paths.count)
        position = range.upperBound
        return SourceBlock(end: SourcePoint(count: position)) { [paths, receivedAt] in
            range.map { index in
                SourceItem(content: FileBlocks.content(of: paths[index], receivedAt: receivedAt), end: SourcePoint(count: index + 1))
            }
        }
    }

    private static func content(of path: String, receivedAt: Instant) -> SourceItem.Content {
        do throws(CaptureFileError) {
            return content(of: try CaptureFiles.read(path), at: path, receivedAt: receivedAt)
        } catch {
            return .problem(CaptureProblem(CaptureOrigin(path), error.reason))
        }
    }

    /// What a file holds that was read already.
    static func content(of capture: HTTPCapture, at path: String, receivedAt: Instant) -> SourceItem.Content {
        let origin = CaptureOrigin(path)
        guard capture.endpoint == nil || capture.isPosted else { return .problem(CaptureProblem(origin, capture.notPosted)) }
        let time = capture.note("received_at").flatMap(Instant.init(rfc3339:))
        guard let delivery = capture.delivery(receivedAt: time ?? receivedAt) else {
            return .problem(CaptureProblem(origin, "\(capture.target) is no webhook: expected /webhooks/ADAPTER/ACCOUNT"))
        }
        var line = CaptureLine(delivery)
        line.id = capture.note("delivery_id")
        line.person = capture.note("person")
        line.state = capture.note("state").flatMap(Capture.State.init(rawValue:)) ?? .accepted
        return .capture(SourcedCapture(line, at: origin, isDated: time != nil))
    }
}
