import Forms
import Messaging
import Signing

extension WhatsAppCloudAdapter {
    /// Echoes `hub.challenge` to whoever knows the account's verify token; an account without one refuses everybody.
    public func handshake(_ request: Delivery) -> HandshakeReply? {
        let query = Form(queryOf: request.target)
        guard let expected = account.verifyToken?.revealed, !expected.isEmpty, query["hub.mode"] == "subscribe",
            let token = query["hub.verify_token"], ConstantTime.equal(token, expected), let challenge = query["hub.challenge"]
        else { return .refused }
        return .challenge(challenge)
    }
}
