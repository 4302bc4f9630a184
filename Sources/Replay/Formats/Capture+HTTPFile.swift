import Journal
import Messaging

/// A capture as a `.http` file of its own, with its other facts in comments.
extension Capture {
    /// Reads a file. `receivedAt` is the time of a capture without one.
    init(httpFile file: HTTPCapture, at path: String, receivedAt: Instant) throws(CaptureProblem) {
        let origin = CaptureOrigin(path)
        guard file.endpoint == nil || file.isPosted else { throw CaptureProblem(origin, file.notPosted) }
        let time = file.note("received_at").flatMap(Instant.init(rfc3339:))
        guard let delivery = file.delivery(receivedAt: time ?? receivedAt) else {
            throw CaptureProblem(origin, "\(file.target) is not a webhook's path: expected /webhooks/ADAPTER/ACCOUNT")
        }
        self.init(
            delivery, at: origin, fileID: file.note("delivery_id"), isDated: time != nil,
            state: file.note("state").flatMap(State.init(rawValue:)) ?? .accepted, person: file.note("person"))
    }

    /// The capture as a file.
    public var httpFile: HTTPCapture {
        var file = HTTPCapture(delivery)
        var notes = [("delivery_id", deliveryID), ("received_at", delivery.receivedAt.description), ("person", person)]
        if state != .accepted { notes.append(("state", state.rawValue)) }
        if let refusal { notes.append(("refusal", "\(refusal.status) \(refusal.reason)")) }
        file.comments = notes.compactMap { name, value in value.map { "\(name): \($0)" } }
        return file
    }

    /// The file's name; names sort by the time of receipt, then by id.
    public var fileName: String {
        let time = delivery.receivedAt.description.replacing(":", with: "-")
        let id = String((deliveryID ?? "").filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
        return id.isEmpty ? "\(time).http" : "\(time)_\(id).http"
    }
}
