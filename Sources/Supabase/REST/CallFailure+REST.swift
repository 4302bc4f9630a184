import HTTPTransport
import Messaging
import Relay

extension CallFailure {
    /// Classifies an HTTP answer; nil if it is a function's answer.
    public init?(_ response: IncomingResponse, at now: Instant) {
        guard !response.isAnswer else { return nil }
        let said = PostgRESTError(response.body)
        let verdict = AnswerClassification(status: response.status, said: said)
        self.init(
            verdict.disposition, status: response.status, code: said?.code ?? "", message: said?.message ?? response.stranger,
            details: said?.details, hint: said?.hint,
            shape: AnswerShape(response.body, contentType: response.header("content-type")).description,
            retryAfter: response.header("retry-after").flatMap { RetryAfter($0, at: now)?.duration },
            isOutcomeUnknown: verdict.isOutcomeUnknown)
        hasOwnWords = said == nil
    }

    /// Classifies a transfer that ended without an answer.
    public init(_ error: HTTPTransportError) {
        let isKnown = [.unreachable, .tls, .malformed].contains(error.code)
        self.init(
            error.code == .malformed ? .pause : .retry, code: error.code.description, message: error.message, isOutcomeUnknown: !isKnown)
    }
}

extension IncomingResponse {
    /// Whether it has the form of an answer of a contract's function, or of the API's description.
    fileprivate var isAnswer: Bool { (200..<300).contains(status) && body.first { $0 > 0x20 } == UInt8(ascii: "{") }

    /// Describes an answer that is not PostgREST's. The target of a redirect is left out, since it may echo the request.
    fileprivate var stranger: String {
        let type = header("content-type").map { " (\(AnswerShape.mediaType($0)))" } ?? ""
        guard (300..<400).contains(status) else { return "an answer that is not PostgREST's\(type)" }
        return header("location") == nil ? "redirected to nowhere" : "redirected to another address"
    }
}
