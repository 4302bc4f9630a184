import HTTPTypes
import JSON
import Journal
import Messaging
import Operations
import Receiver

// Dead letters.
extension Administration {
    func addDeadLetterRoutes(to router: OperatorRouter) {
        router.on(.get, "admin/dead-letters") { try await deadLetters($0) }
        router.on(.get, "admin/dead-letters/{id}") { request in
            _ = try Query(request)
            return OperatorAnswer(ExplainedDeadLetter(try await letter(request), schema: facts.schema, showsRecord: true))
        }
        router.on(.post, "admin/dead-letters/{id}/retry") { request in
            let id = try await letter(request).id
            try await request.requireNoBody()
            return try await audited(request, "dead-letter.retry", id.description) {
                let retried = try await retrying { try await $0.retry([id], tell: $1) }
                guard let first = retried.first else { throw OperatorRequest.unknown("dead letter") }
                return (OperatorAnswer(first), first.isResolved ? "done" : "not resolved")
            }
        }
        router.on(.post, "admin/dead-letters/{id}/discard") { request in
            let id = try await letter(request).id
            try await request.requireNoBody()
            return try await audited(request, "dead-letter.discard", id.description) {
                let dropped = try await journal.dropDeadLetters([id])
                return (OperatorAnswer.dropped(dropped), dropped.count == 1 ? "done" : "was resolved already")
            }
        }
        router.on(.post, "admin/dead-letters/retry") { request in
            let selection = try LetterSelection(try await request.body())
            return try await audited(request, "dead-letters.retry", selection.description) {
                let retried = try await retrying { retry, tell in
                    try await retry.retryAll(of: selection.stage, reason: selection.reason, limit: LetterSelection.mostRetried, tell: tell)
                }
                let count = retried.count(where: \.isResolved)
                return (.retried(retried, resolved: count), "resolved \(count) of \(retried.count)")
            }
        }
        router.on(.post, "admin/dead-letters/discard") { request in
            let selection = try LetterSelection(try await request.body())
            return try await audited(request, "dead-letters.discard", selection.description) {
                let dropped = try await journal.dropAllDeadLetters(of: selection.stage, reason: selection.reason)
                return (OperatorAnswer.dropped(dropped), "discarded \(dropped.count) of \(dropped.asked)")
            }
        }
    }

    private func deadLetters(_ request: OperatorRequest) async throws -> OperatorAnswer {
        let query = try Query(request, "stage", "reason", "resolved", "limit", "after")
        let limit = try query.limit
        let filter = DeadLetterFilter(
            stage: try query.word("stage", DeadLetter.Stage.self), reason: query["reason"], before: try query.id("after"),
            includesSettled: try query.flag("resolved") ?? false)
        let letters = try await journal.reader.deadLetters(filter, limit: limit)
        let next = letters.count == limit ? letters.last?.id.description : nil
        let reasons = try await journal.reader.deadLetterReasons().map { ExplainedReason($0, schema: facts.schema) }
        let page = Page(items: letters.map { ExplainedDeadLetter($0, schema: facts.schema) }, next: next)
        return .writing { writer in
            page.write(to: &writer) { object in
                object.key("reasons")
                reasons.write(to: &object)
            }
        }
    }

    private func letter(_ request: OperatorRequest) async throws -> StoredDeadLetter {
        guard let letter = try await journal.reader.deadLetter(try request.id(of: "dead letter")) else {
            throw OperatorRequest.unknown("dead letter")
        }
        return letter
    }

    private func retrying(
        _ perform: (DeadLetterRetry, _ tell: (RetriedDeadLetter) -> Void) async throws -> Void
    ) async throws -> [RetriedDeadLetter] {
        let retry = try means.retry()
        defer { retry.shutdown() }
        var results: [RetriedDeadLetter] = []
        try await perform(retry) { results.append($0) }
        return results
    }
}

extension RetriedDeadLetter {
    fileprivate var isResolved: Bool {
        switch outcome {
        case .resolved, .resolvedBefore: true
        case .failed, .unavailable, .unknown: false
        }
    }
}

extension OperatorAnswer {
    fileprivate static func dropped(_ letters: DroppedDeadLetters) -> OperatorAnswer {
        .object { object in
            object.member("discarded", letters.count)
            object.member("selected", letters.asked)
        }
    }

    /// The sums, and the first of the letters that stay unresolved.
    fileprivate static func retried(_ letters: [RetriedDeadLetter], resolved: Int) -> OperatorAnswer {
        let left = letters.filter { !$0.isResolved }
        return .object { object in
            object.member("selected", letters.count)
            object.member("resolved", resolved)
            object.key("unresolved")
            Array(left.prefix(50)).write(to: &object)
        }
    }
}

/// The letters that a request names: `{"all":true}` or `{"reason":"…"}`, either with a stage.
struct LetterSelection: CustomStringConvertible {
    var stage: DeadLetter.Stage?
    var reason: String?

    /// A request may retry this many letters; the next continues.
    static let mostRetried = 1000

    /// Throws a problem that names what is missing or wrong.
    init(_ body: [UInt8]) throws {
        let json = try? JSON(parsing: body)
        guard let json, json.kind == .object else { throw PayloadError(.malformed, reason: "the body must be a JSON object") }
        var errors: [PayloadError] = []
        var isAll = false
        for (name, value) in json.members {
            switch name {
            case "all":
                isAll = value.bool == true
                if !isAll { errors.append(PayloadError(.field, field: name, reason: "must be true")) }
            case "reason":
                reason = value.string
                if reason?.isEmpty ?? true { errors.append(PayloadError(.field, field: name, reason: "must be the reason of a letter")) }
            case "stage":
                stage = value.string.flatMap { DeadLetter.Stage(rawValue: $0) }
                if stage == nil { errors.append(PayloadError(.field, field: name, reason: "must be normalize or sync")) }
            default: errors.append(PayloadError(.field, field: "body", reason: "has an unknown member; known are all, reason, stage"))
            }
        }
        if errors.isEmpty, isAll == (reason != nil) {
            errors.append(PayloadError(.field, field: "reason", reason: "must be given, or all must be true, and not both"))
        }
        guard errors.isEmpty else { throw Problem(errors) }
    }

    var description: String {
        [stage.map { "stage: \($0.rawValue)" }, reason.map { "reason: \($0)" } ?? "all"].compactMap(\.self).joined(separator: ", ")
    }
}
