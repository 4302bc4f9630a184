import HTTPTypes
import JSON
import Journal
import Messaging
import Operations
import PhoneNumbers
import Receiver

// Conversations, contacts and sessions.
extension Administration {
    func addConversationRoutes(to router: OperatorRouter) {
        router.on(.get, "admin/conversations") { try await conversations($0) }
        router.on(.get, "admin/contacts/{id}") { request in
            _ = try Query(request)
            guard let card = try await journal.reader.contactCard(try request.id(of: "contact")) else {
                throw OperatorRequest.unknown("contact")
            }
            return OperatorAnswer(card)
        }
        router.on(.get, "admin/contacts/{id}/timeline") { try await timeline($0) }
        router.on(.post, "admin/contacts/{id}/reveal") { request in
            let id: ContactID = try request.id(of: "contact")
            guard let card = try await journal.reader.contactCard(id) else { throw OperatorRequest.unknown("contact") }
            try await request.requireNoBody()
            return try await audited(request, "contact.reveal", id.description) {
                (.object { $0.member("phone", raw: card.contact.phone.map(Self.quoted) ?? "null") }, "done")
            }
        }
    }

    private func conversations(_ request: OperatorRequest) async throws -> OperatorAnswer {
        let query = try Query(request, "query", "limit", "after")
        guard let text = query["query"]?.trimmed, !text.isEmpty else {
            return OperatorAnswer(
                try await journal.reader.conversations(before: try query.position("after") ?? .max, limit: try query.limit))
        }
        guard text.utf8.count <= Self.longestSearch else {
            throw Query.wrong("query", "is longer than \(Self.longestSearch) bytes")
        }
        let search = ConversationSearch(text, phones: phones(text))
        return OperatorAnswer(
            try await journal.reader.conversations(matching: search, before: try query.id("after"), limit: try query.limit))
    }

    private static let longestSearch = 256

    /// All forms of a phone in any spelling; none if the text is no phone.
    private func phones(_ text: String) -> [String] {
        PhoneNumber(text, region: facts.region)?.variants.map(\.e164) ?? []
    }

    private func timeline(_ request: OperatorRequest) async throws -> OperatorAnswer {
        let query = try Query(request, "before", "after", "limit")
        let position = try query.position("before") ?? query.position("after") ?? .max
        let id: ContactID = try request.id(of: "contact")
        guard let page = try await journal.reader.timeline(of: id, before: position, limit: try query.limit) else {
            throw OperatorRequest.unknown("contact")
        }
        return OperatorAnswer(page)
    }

    func addSessionRoutes(to router: OperatorRouter) {
        router.on(.get, "admin/sessions") { request in
            let query = try Query(request, "status", "phone", "limit", "after")
            let phone = try query["phone"].map { text throws(Problem) in
                guard let number = PhoneNumber(text, region: facts.region) else { throw Query.wrong("phone", "is not a phone number") }
                return number.e164
            }
            let filter = SessionFilter(phone: phone, status: try query.word("status", Session.Status.self))
            let page = try await journal.reader.sessions(filter, before: try query.id("after"), limit: try query.limit)
            return OperatorAnswer(Page(items: page.items.map { MaskedSession($0, at: now()) }, next: page.next))
        }
        router.on(.get, "admin/sessions/{id}") { request in
            _ = try Query(request)
            guard let session = try await journal.reader.session(try request.id(of: "session")) else {
                throw OperatorRequest.unknown("session")
            }
            return OperatorAnswer(MaskedSession(session, at: now()))
        }
        router.on(.post, "admin/sessions/{id}/end") { request in
            let id: SessionID = try request.id(of: "session")
            guard try await journal.reader.session(id) != nil else { throw OperatorRequest.unknown("session") }
            try await request.requireNoBody()
            return try await audited(request, "session.end", id.description) {
                let ended = try await journal.endSession(id, at: now())
                return (OperatorAnswer.writing { ended.writeMasked(to: &$0) }, ended.isEnded ? "done" : "was over already")
            }
        }
    }
}

extension EndedSession {
    fileprivate var isEnded: Bool { if case .ended = self { true } else { false } }
}

extension String {
    /// Without white space at its ends.
    fileprivate var trimmed: String {
        let start = drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
