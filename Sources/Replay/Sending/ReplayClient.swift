import HTTPTransport
import Journal
import Messaging

/// Posts captures to a gateway. A request that the gateway refuses for its content is not sent again, since it would be refused again.
public struct ReplayClient: Sendable {
    private let transport: HTTPTransport
    private let base: String
    private let signer: CaptureSigner?

    /// `base` is the gateway's URL, `http://127.0.0.1:8000`. Without a signer, captures are sent with their original headers.
    public init(transport: HTTPTransport, base: String, signer: CaptureSigner?) {
        self.transport = transport
        self.base = base
        self.signer = signer
    }

    /// Whether captures are signed again.
    public var signs: Bool { signer != nil }

    /// Sends one capture, signed for the time `now`.
    public func send(_ capture: HTTPCapture, at now: Instant) async throws(ReplayError) -> ReplayOutcome {
        let capture = try signed(capture, at: now)
        let request = OutgoingRequest(
            method: capture.method, url: capture.url(at: base),
            headers: capture.portableHeaders.map { HTTPField($0.name, $0.value) },
            body: capture.method == "GET" ? nil : capture.body)
        do throws(HTTPTransportError) {
            return ReplayOutcome(try await transport.send(request))
        } catch {
            if let reason = error.tlsReason { throw .tls(base: base, reason: reason) }
            guard error.code == .unreachable else { throw .transport(error) }
            throw error.isUnknownHost ? .unknownHost(base: base) : .nothingAnswers(base: base)
        }
    }

    private func signed(_ capture: HTTPCapture, at now: Instant) throws(ReplayError) -> HTTPCapture {
        guard let signer else { return capture }
        do throws(CaptureSigningError) {
            return try signer.signed(capture, at: now)
        } catch {
            throw .signing(error)
        }
    }
}

/// Why a capture got no answer.
public enum ReplayError: Error, Equatable, CustomStringConvertible {
    /// The capture could not be signed.
    case signing(CaptureSigningError)
    /// Nothing accepts connections at the address; the next capture would fail too.
    case nothingAnswers(base: String)
    /// The URL's host name is unknown.
    case unknownHost(base: String)
    /// No TLS connection could be made, for this reason.
    case tls(base: String, reason: String)
    /// The request could not be sent, or there was no answer.
    case transport(HTTPTransportError)
    /// The gateway answered repeatedly that it cannot accept anything now.
    case busy(ReplayRefusal)
    /// One of the other errors, with its capture.
    indirect case at(CaptureOrigin, ReplayError)

    /// What happened, with the capture's place if known.
    public var description: String {
        switch self {
        case .signing(let error): error.description
        case .nothingAnswers(let base): "nothing answers at \(base): is the gateway running?"
        case .unknownHost(let base): "the host name of \(base) is unknown: check the URL of --to, or server.public_url"
        case .tls(let base, let reason): "no connection to \(base): \(reason)"
        case .transport(let error): error.description
        case .busy(let refusal): "the gateway accepts no requests now: \(refusal)"
        case .at(let origin, let error): "\(origin): \(error)"
        }
    }
}
