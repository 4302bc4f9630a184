import HTTPTypes
import Hummingbird
import Journal
import Messaging
import Spans

/// `/webhooks/{adapter}/{account}`: authenticates the sender, reads the delivery, and answers once it is durable.
///
/// `DirectPath` accepts most deliveries before they reach the routes. The others wait for more than the journal, or are refused because of
/// their head or length.
struct WebhookRoutes: Sendable {
    let webhooks: [AccountWebhook]
    let sessions: any SessionStore
    let bodies: BodyReader
    private let largeBodies = LargeBodyExecutor()

    init(_ webhooks: [AccountWebhook], sessions: any SessionStore, bodies: BodyReader) {
        self.webhooks = webhooks
        self.sessions = sessions
        self.bodies = bodies
    }

    /// Adds a separate route for each account, so that the router does not parse the path.
    func add(to router: Router<BasicRequestContext>) {
        for webhook in webhooks {
            let receive = answeringProblems(noting: webhook.refused) { request, _ in try await self.receive(request, webhook) }
            router.post(RouterPath(webhook.path), use: receive)
            router.get(RouterPath(webhook.path), use: answeringProblems { request, _ in try shakeHands(request, webhook) })
        }
    }

    private func receive(_ request: Request, _ webhook: AccountWebhook) async throws -> Response {
        let denial = await denial(of: webhook.endpoint.account.clientName)
        if let trial = webhook.trial(request) { return try await answer(trial, request, webhook, denial) }
        // Without keeping refused deliveries, there is no reason to read the body.
        if let denial, !webhook.journal.configuration.keepRefused { throw denial }
        try webhook.checkRate()
        let body = try await bodies.read(request)
        defer { bodies.release(body) }
        let delivery = webhook.delivery(request, body: body)
        do {
            if let denial { throw denial }
            guard delivery.body.count > LargeBodyExecutor.threshold else { return try await take(delivery, webhook) }
            return try await withTaskExecutorPreference(largeBodies) { try await take(delivery, webhook) }
        } catch {
            webhook.keepRefused(delivery, error)
            throw error
        }
    }

    private func answer(
        _ trial: TrialDelivery, _ request: Request, _ webhook: AccountWebhook, _ denial: Problem?
    ) async throws -> Response {
        try webhook.checkRate()
        let body = try await bodies.read(request)
        defer { bodies.release(body) }
        let delivery = webhook.delivery(request, body: body)
        return trial.answer(to: delivery, refusal: webhook.refusal(of: delivery) ?? denial?.detail).response
    }

    /// The refusal if the client's certificate is not the one that the account requires; nil if it is, or if none is required.
    private func denial(of expected: String?) async -> Problem? {
        guard let expected else { return nil }
        guard let certificate = PeerCertificate.current, let name = await certificate.commonName() else {
            return Problem(
                .unauthorized, detail: "this account asks for a client's certificate with one common name, and none such was shown")
        }
        if await certificate.isOutdated() {
            OpenConnection.current?.close(in: .seconds(1))
            return Problem(
                .unauthorized, detail: "the authorities of clients' certificates have changed since this connection began: open another",
                headers: [.connection: "close"])
        }
        return name == expected ? nil : Problem(.unauthorized, detail: "the client's certificate is not the one of this account's sender")
    }

    private func take(_ delivery: Delivery, _ webhook: AccountWebhook) async throws -> Response {
        let start = ContinuousClock.now
        let spans = bodies.edge.spans
        let proof = try spans.step("authenticate") { () throws(AuthenticationError) in try webhook.prove(delivery) }
        try webhook.useRate()
        let session = try await session(of: proof)
        let events = try spans.step("read") { try webhook.read(delivery) }
        let outcome = try await spans.during("commit") { () async throws(JournalError) in
            try await webhook.journal.accept(delivery, events, provenBy: session?.token)
        }
        return try webhook.answer(to: outcome, of: delivery, events, since: start).response
    }

    private func shakeHands(_ request: Request, _ webhook: AccountWebhook) throws -> Response {
        switch webhook.endpoint.adapter.handshake(webhook.delivery(request, body: [])) {
        case .challenge(let challenge, let contentType):
            var response = Response(status: .ok, contentType: contentType, body: challenge)
            // The challenge is a text of the caller's.
            response.headers[.xContentTypeOptions] = "nosniff"
            return response
        case .refused: throw Problem(.forbidden, detail: "the handshake's verify token is not the one of this account")
        case nil: throw Problem(.notFound, detail: "this adapter has no handshake")
        }
    }

    /// The session of a token; nil for a signature. A token without a live session is refused before parsing the body, which costs more.
    ///
    /// The journal checks again in its transaction, by the session's own token: only the shared database may know the token of a session
    /// that was merged into it.
    private func session(of proof: Proof) async throws -> Session? {
        guard case .sessionToken(let token) = proof else { return nil }
        guard let session = try await sessions.session(token: token).value else { throw AccountWebhook.unknownToken }
        return session
    }
}
