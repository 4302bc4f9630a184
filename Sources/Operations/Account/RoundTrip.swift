import HTTPTransport
import JSON
import Messaging
import Signing

/// Posts trial deliveries to an account's public URL, as its provider would post, and says how far they come.
///
/// The first one has no signature. So a server that does not know trial deliveries refuses it, and stores nothing of it. A signed one is
/// sent only after a gateway has proved that it has the account's secret.
struct RoundTrip: Sendable {
    private let account: Account
    private let adapter: any ChannelAdapter
    private let transport: HTTPTransport
    private let authorities: String?
    private let now: TimeSource

    init(_ account: Account, adapter: any ChannelAdapter, transport: HTTPTransport, authorities: String?, now: @escaping TimeSource) {
        self.account = account
        self.adapter = adapter
        self.transport = transport
        self.authorities = authorities
        self.now = now
    }

    func findings() async -> [Finding] {
        guard let key = account.secrets.first.flatMap({ TrialKey(secret: $0.revealed) }) else { return [] }
        let trial = TrialRequest(account, adapter: adapter, key: key)
        let first = trial.request(isSigned: false, at: now())
        let response: IncomingResponse
        switch await send(first.request) {
        case .failure(let error): return address + [Hop(webhook).finding(of: error)]
        case .success(let answer): response = answer
        }
        guard let seen = TrialAnswer(response, to: first.mark, key: key) else {
            return address + [Hop(webhook).finding(of: response, at: now())]
        }
        var findings = address
        findings.append(
            Finding(.ok, "webhook.answer", "\(webhook) leads to a gateway that has this account and its secret"))
        guard seen.isIntact(first.mark) else { return findings + [changedBody(seen, sent: trial.body.count)] }
        findings.append(Finding(.ok, "webhook.body", "a body of \(seen.bytes) bytes arrived unchanged"))
        findings.append(await signature(trial, key))
        if let finding = await handshake() { findings.append(finding) }
        return findings
    }

    private var webhook: WebhookAddress { WebhookAddress(account.webhookURL) }

    private func send(_ request: OutgoingRequest) async -> Result<IncomingResponse, HTTPTransportError> {
        var request = request
        request.timeout = .seconds(15)
        request.authorities = authorities
        do throws(HTTPTransportError) { return .success(try await transport.send(request)) } catch { return .failure(error) }
    }

    /// What is wrong with the address itself: an own client may use any, a provider needs one on the internet.
    private var address: [Finding] {
        guard type(of: adapter).traits.sender == .provider else { return [] }
        let local = ["://127.", "://localhost", "://[::1]", "://0.0.0.0", "://[::]"]
        let url = account.publicURL.lowercased()
        if local.contains(where: { url.contains($0) }) {
            return [
                Finding(
                    .warn, "webhook.address", "\(webhook) can only be reached from this machine, so no provider can post to it",
                    advice: "set server.public_url, or public_url of the account, to the https:// address that leads here")
            ]
        }
        guard !url.hasPrefix("https://") else { return [] }
        return [
            Finding(
                .warn, "webhook.address", "\(webhook) is not https, which providers require",
                advice: "set server.tls, or put a proxy with TLS before the gateway, and set server.public_url to https://…")
        ]
    }

    private func changedBody(_ seen: TrialAnswer, sent: Int) -> Finding {
        Finding(
            .fail, "webhook.body",
            seen.bytes == sent
                ? "the body was changed on the way: \(sent) bytes were sent and arrived, but not the same ones"
                : "the body was changed on the way: \(sent) bytes were sent, \(seen.bytes) arrived",
            advice: "let the proxy pass bodies on unread: signatures cover the exact bytes, so no webhook would be accepted")
    }

    /// Whether the gateway accepts what the sender signs.
    private func signature(_ trial: TrialRequest, _ key: TrialKey) async -> Finding {
        let signed = trial.request(isSigned: true, at: now())
        let response: IncomingResponse
        switch await send(signed.request) {
        case .failure(let error): return Hop(webhook).finding(of: error)
        case .success(let answer): response = answer
        }
        guard let seen = TrialAnswer(response, to: signed.mark, key: key) else { return Hop(webhook).finding(of: response, at: now()) }
        guard seen.isIntact(signed.mark) else { return changedBody(seen, sent: trial.body.count) }
        guard let reason = seen.refusal else {
            return Finding(.ok, "webhook.signature", "the gateway accepts a webhook that is signed with the account's first secret")
        }
        if reason.contains("client's certificate") {
            return Finding(
                .warn, "webhook.signature",
                "the account requires the client certificate of \(account.clientName ?? ""), which doctor does not have",
                advice: "nothing, if the sender presents it; TLS must end at the gateway, since a proxy does not pass it on")
        }
        let isMissing = reason.hasSuffix("is missing")
        return Finding(
            .fail, "webhook.signature", "the gateway refuses a correctly signed webhook: \(reason)",
            advice: isMissing
                ? "let the proxy pass on all headers of the request"
                : "compare the settings of both, and path and query at the gateway with those sent: a proxy may change them")
    }

    /// Nil if the account has no handshake.
    private func handshake() async -> Finding? {
        let challenge = Hex.encode(SecureRandom.bytes(8))
        guard let target = adapter.handshakeTarget(challenge: challenge) else { return nil }
        switch await send(OutgoingRequest(url: account.publicURL + target)) {
        case .failure(let error): return Hop(webhook).finding(of: error)
        case .success(let answer) where answer.status == 200 && answer.body == Array(challenge.utf8):
            return Finding(.ok, "webhook.handshake", "the handshake with verify_token succeeds")
        case .success(let answer):
            return Finding(
                .fail, "webhook.handshake", "the handshake with verify_token is answered \(answer.status) instead of the challenge",
                advice: answer.status == 403
                    ? "reload the gateway if verify_token was changed; it must be the one that is entered at the provider"
                    : "let the proxy pass on GET with its query, and the answer unchanged")
        }
    }
}
