import CCurl
import Foundation
import Synchronization

/// Sends HTTP requests by libcurl, any number at a time, on one thread of its own that keeps connections alive between them.
///
/// TLS certificates are verified, redirects are answers like any other, and HTTP/2 is used where a TLS server offers it. A proxy named
/// in the environment (`https_proxy`, `no_proxy`) is used, as libcurl does.
public final class HTTPTransport: Sendable {
    private let inbox: TransferInbox
    private let nextID = Atomic<UInt64>(0)

    /// Starts the thread; throws only when libcurl has no memory.
    public init(limits: TransportLimits = TransportLimits()) throws(HTTPTransportError) {
        guard HTTPTransport.isCurlReady, let multi = curl_multi_init() else {
            throw HTTPTransportError(.other, message: "libcurl cannot be set up")
        }
        let inbox = TransferInbox(multi: multi)
        let thread = Thread {
            var loop = TransferLoop(multi: inbox.multi, inbox: inbox, limits: limits)
            loop.run()
        }
        thread.name = "http-transport"
        self.inbox = inbox
        thread.start()
    }

    deinit { inbox.close() }

    /// Sends a request and returns the whole answer, whatever its status. Cancelling the task aborts the transfer.
    public func send(_ request: OutgoingRequest) async throws(HTTPTransportError) -> IncomingResponse {
        try request.checkForm()
        let id = nextID.add(1, ordering: .relaxed).newValue
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: TransferContinuation) in
                inbox.put(.start(id, request, continuation))
                // The task may have been cancelled before there was anything to cancel.
                if Task.isCancelled { inbox.put(.cancel(id)) }
            }
        } onCancel: {
            inbox.put(.cancel(id))
        }
        return try outcome.get()
    }

    /// Ends the thread and its connections; what is in flight, and every later request, fails as `cancelled`.
    public func shutdown() { inbox.close() }

    private static let isCurlReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
}

extension OutgoingRequest {
    /// libcurl writes method and headers as they are: a line end in one of them would smuggle in another header.
    fileprivate func checkForm() throws(HTTPTransportError) {
        let parts = [method, url] + headers.flatMap { [$0.name, $0.value] }
        let isBroken = parts.contains { part in part.utf8.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 } }
        guard !isBroken, !method.isEmpty, headers.allSatisfy({ !$0.name.isEmpty && !$0.name.contains(":") }) else {
            throw HTTPTransportError(.malformed, message: "the method, the URL or a header is empty or has a control character in it")
        }
    }
}

/// How long a request may take and how much it may bring.
public struct TransportLimits: Sendable, Equatable {
    /// Name lookup, TCP and TLS together.
    public var connectTimeout: Duration

    /// From the call to the last byte of the answer, where the request says nothing else.
    public var totalTimeout: Duration

    /// Bytes of a response's body.
    public var responseBytes: Int

    public init(connectTimeout: Duration = .seconds(10), totalTimeout: Duration = .seconds(30), responseBytes: Int = 16 << 20) {
        self.connectTimeout = connectTimeout
        self.totalTimeout = totalTimeout
        self.responseBytes = responseBytes
    }
}
