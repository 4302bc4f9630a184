import HTTPTransport
import JSON
import Messaging
import Signing

/// Makes the trial deliveries of an account.
struct TrialRequest: Sendable {
    private let account: Account
    private let adapter: any ChannelAdapter
    private let key: TrialKey
    private let contentType: String
    /// Bytes that a proxy which reads and writes JSON or forms again would change. It has no item, so that a gateway which does not know
    /// trial deliveries would find nothing in it to store.
    let body: [UInt8]

    init(_ account: Account, adapter: any ChannelAdapter, key: TrialKey) {
        self.account = account
        self.adapter = adapter
        self.key = key
        contentType = type(of: adapter).traits.sample?.contentType ?? "application/json"
        let text =
            contentType == "application/x-www-form-urlencoded"
            ? "trial=switchboard&b=%7e~%20+%c3%A9&a=" + String(repeating: "x", count: 2000)
            : #"{ "trial" : "\u00e9 é \/", "entry" : [ ],  "n" : 1.0e0, "padding" : ""# + String(repeating: "x", count: 2000) + "\"}\n"
        body = Array(text.utf8)
    }

    /// A new request with its mark; with the sender's signature if `isSigned`.
    func request(isSigned: Bool, at now: Instant) -> (request: OutgoingRequest, mark: TrialMark) {
        let mark = TrialMark(body: body, time: now.milliseconds / 1000)
        var delivery = Delivery(
            adapter: account.adapter, account: account.name, receivedAt: now, target: account.path,
            headers: [
                Delivery.Header("content-type", contentType),
                Delivery.Header(TrialMark.header, mark.headerValue(path: account.path, key: key)),
            ], body: body)
        if isSigned { delivery = adapter.signed(delivery, at: now) }
        let request = OutgoingRequest(
            method: "POST", url: account.url(of: delivery), headers: delivery.headers.map { HTTPField($0.name, $0.value) }, body: body)
        return (request, mark)
    }
}

/// A gateway's answer to a trial delivery.
struct TrialAnswer: Sendable {
    /// The size of the body that arrived.
    let bytes: Int
    /// Why a webhook with these headers would be refused; nil if it would be accepted.
    let refusal: String?
    private let digest: String

    /// Nil unless the answer proves that its sender has the account's secret.
    init?(_ response: IncomingResponse, to mark: TrialMark, key: TrialKey) {
        guard let json = try? JSON(parsing: response.body), json["trial"].string == mark.nonce, let bytes = json["bytes"].int,
            let digest = json["sha256"].string, let proof = json["proof"].string,
            mark.isAnswer(proof, seen: digest, verdict: json["reason"].string ?? "", key: key)
        else { return nil }
        self.bytes = Int(bytes)
        self.digest = digest
        refusal = json["reason"].string
    }

    /// Whether the body arrived as it was sent.
    func isIntact(_ mark: TrialMark) -> Bool { digest == mark.digest }
}
