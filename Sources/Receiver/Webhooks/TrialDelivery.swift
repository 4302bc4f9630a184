import HTTPTypes
import Hummingbird
import JSON
import Messaging
import Signing

/// A request by which `switchboard doctor --account` finds out how a webhook arrives here. It is answered with what was received, and is
/// stored nowhere.
///
/// Only somebody who has a secret of the account can make one; without a valid mark, the header has no effect. 200 is answered only if the
/// body is the one for which the mark was made. A mark that somebody attaches to a provider's webhook is answered 400, so that the provider
/// sends the webhook again.
struct TrialDelivery {
    private let mark: TrialMark
    private let key: TrialKey

    static let header = HTTPField.Name(TrialMark.header)

    /// Nil unless the request has exactly one mark, valid for the account.
    init?(_ request: Request, _ webhook: AccountWebhook, at now: Instant) {
        guard let name = Self.header, case let values = request.headers[values: name], values.count == 1 else { return nil }
        for key in webhook.trialKeys {
            guard let mark = TrialMark(header: values[0], path: webhook.path, key: key, now: now.milliseconds / 1000) else { continue }
            self.mark = mark
            self.key = key
            return
        }
        return nil
    }

    /// The answer: the size and digest of the body that arrived, and whether a webhook with these headers would be accepted. `refusal` says
    /// why not.
    func answer(to delivery: Delivery, refusal: String?) -> Answer {
        let seen = Hex.encode(Digest.sha256(delivery.body))
        var writer = JSONWriter()
        writer.object { answer in
            answer.member("trial", mark.nonce)
            answer.member("bytes", delivery.body.count)
            answer.member("sha256", seen)
            answer.member("authenticated", refusal == nil)
            answer.member("reason", ifPresent: refusal)
            answer.member("proof", mark.answerCode(seen: seen, verdict: refusal ?? "", key: key))
        }
        return Answer(status: seen == mark.digest ? .ok : .badRequest, json: writer)
    }
}
