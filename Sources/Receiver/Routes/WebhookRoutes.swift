import HTTPTypes
import Hummingbird
import JSON
import Journal
import Messaging
import Watchdog

/// `/webhooks/{adapter}/{account}`: proves the sender, reads the delivery, and answers when it is durable.
struct WebhookRoutes: Sendable {
    let journal: Journal
    let sessions: any SessionStore
    let endpoints: Endpoints
    let bodies: BodyReader
    /// The most items of a client's batch.
    let batchLimit: Int
    let now: TimeSource
    private let largeBodies = LargeBodyExecutor()

    init(journal: Journal, sessions: any SessionStore, endpoints: Endpoints, bodies: BodyReader, batchLimit: Int, now: @escaping TimeSource)
    {
        self.journal = journal
        self.sessions = sessions
        self.endpoints = endpoints
        self.bodies = bodies
        self.batchLimit = batchLimit
        self.now = now
    }

    /// A route of its own for every account: the router then has nothing to take out of the path.
    func add(to router: Router<BasicRequestContext>) {
        for endpoint in endpoints.all {
            let counts = WebhookCounts(endpoint.account, bodies.edge.metrics)
            let receive = answeringProblems(noting: counts.refused) { request, _ in try await self.receive(request, endpoint, counts) }
            router.post(RouterPath(endpoint.account.path), use: receive)
            router.get(RouterPath(endpoint.account.path), use: answeringProblems { request, _ in try shakeHands(request, endpoint) })
        }
        let unknown = Problem(.notFound, detail: "no account is configured at this path")
        router.post("webhooks/:adapter/:account", use: answeringProblems { _, _ in throw unknown })
        router.get("webhooks/:adapter/:account", use: answeringProblems { _, _ in throw unknown })
    }

    private func receive(_ request: Request, _ endpoint: Endpoints.Entry, _ counts: WebhookCounts) async throws -> Response {
        let denial = await denial(of: endpoint.account.clientName)
        // Its body is read only to be kept.
        if let denial, !journal.configuration.keepRefused { throw denial }
        try limiting { () throws(Problem) in try endpoint.rate?.check(at: Edge.monotonicNow) }
        let body = try await bodies.read(request)
        defer { bodies.release(body) }
        let delivery = Delivery(request, endpoint, body: body, receivedAt: now())
        do {
            if let denial { throw denial }
            guard delivery.body.count > LargeBodyExecutor.threshold else { return try await take(delivery, endpoint, counts) }
            return try await withTaskExecutorPreference(largeBodies) { try await take(delivery, endpoint, counts) }
        } catch {
            let problem = Problem(error)
            if WebhookRoutes.keptRefusals.contains(problem.status.code) {
                journal.keepRefused(delivery, status: problem.status.code, reason: problem.detail)
            }
            throw error
        }
    }

    /// Why a sender is refused by the certificate that it has shown; nil where it is the one that the account asks for, if it asks for one.
    private func denial(of expected: String?) async -> Problem? {
        guard let expected else { return nil }
        guard let name = await PeerCertificate.current?.commonName() else {
            return Problem(
                .unauthorized, detail: "this account asks for a client's certificate with one common name, and none such was shown")
        }
        return name == expected ? nil : Problem(.unauthorized, detail: "the client's certificate is not that of this account's sender")
    }

    private func limiting(_ check: () throws(Problem) -> Void) throws(Problem) {
        do { try check() } catch {
            bodies.edge.counts.add(.accountRate)
            throw error
        }
    }

    /// What the sender did wrong, and can be told by the delivery.
    private static let keptRefusals = [400, 401, 415, 422]

    private func take(_ delivery: Delivery, _ endpoint: Endpoints.Entry, _ counts: WebhookCounts) async throws -> Response {
        let start = ContinuousClock.now
        let proof = try endpoint.adapter.authenticate(delivery, at: delivery.receivedAt)
        try limiting { () throws(Problem) in try endpoint.rate?.use(at: Edge.monotonicNow) }
        let session = try await session(of: proof)
        let account = endpoint.account
        let work = Work("reading a delivery", adapter: account.adapter.rawValue, account: account.name.rawValue)
        let events = try journal.board.during(work) { try read(delivery, endpoint) }
        let outcome = try await journal.accept(delivery, events, provenBy: session?.token)
        if case .taken(let receipt) = outcome { counts.taken(receipt, after: .now - start) }
        return try reply(to: outcome, events, endpoint.adapter)
    }

    private func shakeHands(_ request: Request, _ endpoint: Endpoints.Entry) throws -> Response {
        switch endpoint.adapter.handshake(Delivery(request, endpoint, body: [], receivedAt: now())) {
        case .challenge(let challenge, let contentType): return Response(status: .ok, contentType: contentType, body: challenge)
        case .refused: throw Problem(.forbidden, detail: "the handshake does not show this account's verify token")
        case nil: throw Problem(.notFound, detail: "this adapter knows no handshake")
        }
    }

    /// The session that a token proves; nil for a signature. A token that has no live session is refused before its body is parsed, which costs more.
    ///
    /// The journal asks again in its transaction, by the session's own token: that of a session which was merged into it may be known to the
    /// shared database alone.
    private func session(of proof: Proof) async throws -> Session? {
        guard case .sessionToken(let token) = proof else { return nil }
        guard let session = try await sessions.session(token: token).value else { throw WebhookRoutes.unknownToken }
        return session
    }

    private static let unknownToken = Problem(.unauthorized, detail: "the header x-session-token names no active session")

    /// A provider's body that cannot be read is kept as a dead letter; a client is told what is wrong with its own.
    private func read(_ delivery: Delivery, _ endpoint: Endpoints.Entry) throws -> [Event] {
        let events = try endpoint.adapter.eventsToKeep(of: delivery, upTo: batchLimit)
        if endpoint.sender == .client, let errors = onlyErrors(in: events) { throw Problem(errors) }
        return events
    }

    /// What is wrong with a batch in which no item can be read; nil where one can.
    private func onlyErrors(in events: [Event]) -> ListedErrors? {
        let items = events.compactMap(\.unreadableItem)
        return !events.isEmpty && items.count == events.count ? ListedErrors(items) : nil
    }

    private func reply(to outcome: AcceptOutcome, _ events: [Event], _ adapter: any ChannelAdapter) throws -> Response {
        switch outcome {
        case .taken(let receipt):
            let outcome = DeliveryOutcome(receipt)
            if let reply = adapter.reply(to: outcome) { return Response(reply, telling: outcome) }
            return Response(receipt, rejected: ListedErrors(receipt.rejected == 0 ? [] : events.compactMap(\.unreadableItem)))
        case .unknownToken: throw WebhookRoutes.unknownToken
        case .foreignPhone(let item):
            let field = events.count == 1 ? "data.phone" : "[\(item)].data.phone"
            throw PayloadError(.field, field: field, reason: "is not the phone of the session")
        }
    }
}

/// The configured accounts with their adapters.
public struct Endpoints: Sendable {
    /// One account with its adapter.
    struct Entry: Sendable {
        let account: Account
        let adapter: any ChannelAdapter
        /// Whose mistakes its payloads have.
        let sender: AdapterTraits.SenderKind
        let rate: AccountRate?
    }

    let all: [Entry]

    /// Adapters with the accounts that they were made for; no two accounts may have the same path.
    public init(_ adapters: [(account: Account, adapter: any ChannelAdapter)]) {
        all = adapters.map { account, adapter in
            Entry(
                account: account, adapter: adapter, sender: type(of: adapter).traits.sender, rate: account.rate.map(AccountRate.init))
        }
    }
}

extension Event {
    fileprivate var unreadableItem: UnreadableItem? {
        if case .unreadable(let item) = content { item } else { nil }
    }
}

extension Delivery {
    /// A request as it came, with its body's bytes.
    fileprivate init(_ request: Request, _ entry: Endpoints.Entry, body: [UInt8], receivedAt: Instant) {
        var headers: [Header] = []
        headers.reserveCapacity(request.headers.count + 1)
        if let host = request.head.authority { headers.append(Header(lowercase: "host", host)) }
        for field in request.headers { headers.append(Header(lowercase: field.name.canonicalName, field.value)) }
        self.init(
            adapter: entry.account.adapter, account: entry.account.name, receivedAt: receivedAt, method: request.method.rawValue,
            target: request.uri.description, headers: headers, body: body)
    }
}

extension DeliveryOutcome {
    /// What a journal made of a delivery.
    fileprivate init(_ receipt: Receipt) {
        self.init(
            accepted: receipt.accepted, duplicates: receipt.duplicates, rejected: receipt.rejected, differing: receipt.differing)
    }
}

extension Response {
    /// An answer in its provider's form. A header says what our own form would, for a replay to count.
    fileprivate init(_ reply: DeliveryReply, telling outcome: DeliveryOutcome) {
        let status = HTTPResponse.Status(code: reply.status)
        if let contentType = reply.contentType {
            self.init(status: status, contentType: contentType, body: reply.body)
        } else {
            self.init(status: status)
        }
        if let name = HTTPField.Name(DeliveryOutcome.header) { headers[name] = outcome.description }
    }

    /// `{"accepted":1,"duplicates":0}`, with what is wrong with the items that could not be read.
    fileprivate init(_ receipt: Receipt, rejected: ListedErrors) {
        // What nearly every delivery is answered.
        if receipt.accepted == 1, receipt.duplicates == 0, receipt.differing == 0, rejected.isEmpty {
            self.init(status: .ok, contentType: "application/json", body: #"{"accepted":1,"duplicates":0}"#)
            return
        }
        var writer = JSONWriter(capacity: 64)
        writer.object { reply in
            reply.member("accepted", receipt.accepted)
            reply.member("duplicates", receipt.duplicates)
            if receipt.differing > 0 { reply.member("differing", receipt.differing) }
            guard !rejected.isEmpty else { return }
            rejected.write(as: "rejected", to: &reply)
        }
        self.init(status: .ok, json: writer)
    }
}
