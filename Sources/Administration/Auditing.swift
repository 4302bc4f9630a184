import HTTPTypes
import JSON
import Journal
import Messaging
import Operations
import Receiver

extension Administration {
    /// Performs an action and records who did it and how it ended, before the answer. If it cannot be recorded, it is not performed: 503.
    /// `perform` returns the answer and the outcome's words.
    func audited(
        _ request: OperatorRequest, _ action: String, _ target: String, _ perform: () async throws -> (OperatorAnswer, String)
    ) async throws -> OperatorAnswer {
        let entry = OperatorAction(
            at: now(), operator: request.operator, action: action, target: Self.bounded(target), address: request.address)
        let number = try await journal.begin(entry)
        let (answer, outcome): (OperatorAnswer, String)
        do { (answer, outcome) = try await perform() } catch {
            // The action's own error is the answer; without an outcome, the record says that the end is not known.
            try? await journal.end(action: number, outcome: "failed: \((error as? Problem)?.detail ?? Self.words(of: error))")
            throw error
        }
        try await journal.end(action: number, outcome: outcome)
        return answer
    }

    /// Rows are kept for good: a reason that a client makes up must not fill the disk.
    private static func bounded(_ target: String) -> String { target.utf8.count > 400 ? "\(target.prefix(100))…" : target }

    private static func words(of error: any Error) -> String {
        switch error {
        case let error as JournalError: "the journal is \(error.code)"
        default: "the gateway's log says why"
        }
    }

    func addAuditRoutes(to router: OperatorRouter) {
        router.on(.get, "admin/audit") { request in
            let query = try Query(request, "limit", "after")
            let limit = try query.limit
            return OperatorAnswer(try await journal.reader.auditPage(before: try query.position("after") ?? .max, limit: limit))
        }
    }

    /// A text as a JSON string.
    static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return writer.text
    }
}

extension OperatorAnswer {
    /// An answer whose JSON a closure writes.
    static func writing(_ status: HTTPResponse.Status = .ok, _ write: (inout JSONWriter) -> Void) -> OperatorAnswer {
        var writer = JSONWriter()
        write(&writer)
        return OperatorAnswer(status, json: writer.bytes)
    }
}

extension OperatorRequest {
    /// Reads the body of an action that takes none. Throws 400 if there is one, so that nobody believes that it had an effect. An empty
    /// object is accepted.
    func requireNoBody() async throws {
        let body = try await body()
        guard !body.isEmpty else { return }
        guard let json = try? JSON(parsing: body), json.kind == .object else {
            throw PayloadError(.malformed, reason: "this action takes no body")
        }
        guard json.count == 0 else { throw PayloadError(.malformed, reason: "this action takes no body") }
    }
}
