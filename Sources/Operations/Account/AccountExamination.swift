public import HTTPTransport
import JSON
public import Messaging

/// Answers why nothing arrives at an account: asks the provider what it knows about the webhook, and posts trial deliveries to the
/// account's public URL. It changes nothing at the provider, and the gateway stores nothing of it.
public struct AccountExamination: Sendable {
    private let account: Account
    private let adapter: any ChannelAdapter
    private let transport: HTTPTransport
    private let authorities: String?
    private let now: TimeSource

    /// `authorities` is the file (PEM) of the certificate authorities to trust at the public URL, nil for the system's.
    public init(
        _ account: Account, adapter: any ChannelAdapter, transport: HTTPTransport, authorities: String? = nil,
        now: @escaping TimeSource = { .now }
    ) {
        self.account = account
        self.adapter = adapter
        self.transport = transport
        self.authorities = authorities
        self.now = now
    }

    /// The findings, failures first. None of them contains a secret of the account.
    public func findings() async -> [Finding] {
        let asked = await providerFindings()
        let tried = await RoundTrip(account, adapter: adapter, transport: transport, authorities: authorities, now: now).findings()
        let all = tried.map(masked) + asked
        return [Finding.Level.fail, .warn, .ok].flatMap { level in all.filter { $0.level == level } }
    }

    /// The most questions to a provider, should its answers lead to ever more.
    private static let mostQuestions = 50

    /// What the provider says; nothing is posted.
    func providerFindings() async -> [Finding] {
        guard var inquiry = adapter.inquiry(at: now()) else { return [] }
        for _ in 0..<Self.mostQuestions {
            guard let question = inquiry.next() else { break }
            let answer = await answer(to: question)
            inquiry.take(answer)
        }
        return inquiry.findings.map(masked)
    }

    private func answer(to question: ProviderQuestion) async -> ProviderAnswer {
        let request = OutgoingRequest(
            url: question.url, headers: question.headers.map { HTTPField($0.name, $0.value) }, timeout: .seconds(15))
        do throws(HTTPTransportError) {
            let response = try await transport.send(request)
            return .answered(status: response.status, (try? JSON(parsing: response.body)) ?? JSON.absent)
        } catch {
            return .failed(error.tlsReason ?? (error.isUnknownHost ? "the host name is unknown" : "\(error.code)"))
        }
    }

    /// A provider may repeat a token in what it says.
    private func masked(_ finding: Finding) -> Finding {
        var masked = finding
        for secret in secrets {
            masked.message = masked.message.replacing(secret, with: "•••")
            masked.advice = masked.advice?.replacing(secret, with: "•••")
        }
        return masked
    }

    private var secrets: [String] {
        let keys = type(of: adapter).traits.apiSettings.filter { $0.form == .secret }.map(\.key)
        let all = account.secrets + [account.verifyToken].compactMap(\.self) + keys.compactMap { account.api[$0] }
        return all.map(\.revealed).filter { !$0.isEmpty }
    }
}
