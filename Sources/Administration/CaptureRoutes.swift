import HTTPTypes
import Journal
import Messaging
import Operations
import Receiver
import Replay

// The deliveries kept.
extension Administration {
    func addCaptureRoutes(to router: OperatorRouter) {
        router.on(.get, "admin/captures") { request in
            let query = try Query(request, "adapter", "account", "since", "until", "limit", "after")
            let filter = CaptureFilter(
                since: try query.instant("since"), until: try query.instant("until"), adapter: query["adapter"].map { AdapterKind($0) },
                account: query["account"].map { AccountName($0) })
            return OperatorAnswer(
                try await journal.reader.captureList(
                    filter, before: try query.position("after") ?? .max, limit: try query.limit, adapter: means.adapter))
        }
        router.on(.get, "admin/captures/{id}") { request in
            _ = try Query(request)
            guard let capture = try await journal.reader.shownCapture(try request.id(of: "delivery"), adapter: means.adapter) else {
                throw OperatorRequest.unknown("delivery")
            }
            return OperatorAnswer(capture)
        }
        router.on(.get, "admin/captures/{id}/export") { try await export($0) }
        router.on(.get, "admin/captures/{id}/curl") { request in
            _ = try Query(request)
            let capture = try await capture(request)
            guard !isProvenBySecret(capture.delivery) else {
                throw Problem(
                    .conflict,
                    detail: "this account's sender shows the secret itself, which is not given away: use `switchboard sign` on the machine")
            }
            let command: SignedCommand
            do {
                command = try CaptureSigner(adapter: means.adapter).command(posting: capture.httpFile, to: facts.publicURL, at: now())
            } catch {
                throw Problem(.conflict, detail: "\(error)")
            }
            // The line contains a valid signature and what people wrote.
            return try await audited(request, "capture.curl", capture.id.description) {
                (OperatorAnswer(contentType: Self.plainText, body: Array("\(command)\n".utf8)), "done")
            }
        }
        router.on(.post, "admin/captures/{id}/replay") { request in
            let capture = try await capture(request)
            try await request.requireNoBody()
            return try await audited(request, "capture.replay", capture.id.description) {
                let replayed = try await journal.replay(capture, CaptureEvents(kinds: means.kinds, adapter: means.adapter))
                return (OperatorAnswer(replayed), replayed.outcome)
            }
        }
    }

    /// Whether the account's deliveries are authenticated by the secret itself instead of a signature of their body.
    private func isProvenBySecret(_ delivery: Delivery) -> Bool {
        guard let adapter = means.adapter(delivery.adapter, delivery.account) else { return false }
        let other = Delivery(
            adapter: delivery.adapter, account: delivery.account, receivedAt: delivery.receivedAt, target: delivery.target,
            headers: delivery.headers, body: delivery.body + Array("&other=1".utf8))
        let (moment, shown) = (now(), { $0.map { "\($0.name): \($0.value)" } } as ([Delivery.Header]) -> [String])
        let headers = shown(adapter.signatureHeaders(for: delivery, at: moment))
        return !headers.isEmpty && headers == shown(adapter.signatureHeaders(for: other, at: moment))
    }

    private static let plainText = "text/plain; charset=utf-8"

    private func capture(_ request: OperatorRequest) async throws -> Capture {
        guard let capture = try await journal.reader.capture(try request.id(of: "delivery")) else {
            throw OperatorRequest.unknown("delivery")
        }
        return capture
    }

    /// An unredacted export contains what people wrote, and so is recorded like an action.
    private func export(_ request: OperatorRequest) async throws -> OperatorAnswer {
        let isRedacted = try Query(request, "redact").flag("redact") ?? true
        let capture = try await capture(request)
        let shown = isRedacted ? try means.redaction().redacted(capture) : capture
        var headers: HTTPFields = [:]
        if let name = HTTPField.Name("Content-Disposition") { headers[name] = #"attachment; filename="\#(shown.fileName)""# }
        let answer = OperatorAnswer(contentType: Self.plainText, headers: headers, body: shown.httpFile.fileBytes())
        guard !isRedacted else { return answer }
        return try await audited(request, "capture.export", capture.id.description) { (answer, "done") }
    }
}
