import CCurl
import Foundation
import Spans
import Synchronization

/// Sends any number of concurrent HTTP requests by libcurl, on a separate thread that keeps connections alive.
///
/// It verifies TLS certificates, does not follow redirects but returns them, and uses HTTP/2 if a TLS server offers it. Like libcurl, it
/// uses a proxy from the environment (`https_proxy`, `no_proxy`). A request `isToThisMachine` is sent without verification and proxy.
public final class HTTPTransport: Sendable {
    private let inbox: TransferInbox
    private let nextID = Atomic<UInt64>(0)
    private let spans: Spans

    /// Starts the thread; throws only if libcurl has no memory. With `spans`, each request is a span, and
    /// names it to the server as its parent.
    public init(limits: TransportLimits = TransportLimits(), spans: Spans = .off) throws(HTTPTransportError) {
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
        self.spans = spans
        thread.start()
    }

    deinit { inbox.close() }

    /// Sends a request and returns the whole answer, with any status. Cancelling the task aborts the transfer.
    public func send(_ request: OutgoingRequest) async throws(HTTPTransportError) -> IncomingResponse {
        guard spans.isOn else { return try await transfer(request) }
        return try await request.spanned(by: spans) { (request) async throws(HTTPTransportError) in try await transfer(request) }
    }

    private func transfer(_ request: OutgoingRequest) async throws(HTTPTransportError) -> IncomingResponse {
        try request.checkForm()
        let id = nextID.add(1, ordering: .relaxed).newValue
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: TransferContinuation) in
                inbox.put(.start(id, request, continuation))
                // The task may have been cancelled before the transfer was added.
                if Task.isCancelled { inbox.put(.cancel(id)) }
            }
        } onCancel: {
            inbox.put(.cancel(id))
        }
        return try outcome.get()
    }

    /// Stops the thread and closes its connections; requests in flight, and all later ones, fail as `cancelled`.
    public func shutdown() { inbox.close() }

    private static let isCurlReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
}

extension OutgoingRequest {
    /// Refuses line ends, since libcurl writes method and headers unchanged: a line end in one of them would add another header.
    fileprivate func checkForm() throws(HTTPTransportError) {
        let parts = [method, url] + headers.flatMap { [$0.name, $0.value] }
        let isBroken = parts.contains { part in part.utf8.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 } }
        guard !isBroken, !method.isEmpty, headers.allSatisfy({ !$0.name.isEmpty && !$0.name.contains(":") }) else {
            throw HTTPTransportError(.malformed, message: "the method, the URL or a header is empty or has a control character in it")
        }
    }
}

/// The time that a request may take, and the size of its answer.
public struct TransportLimits: Sendable, Equatable {
    /// Name lookup, TCP and TLS together.
    public var connectTimeout: Duration

    /// From the call to the last byte of the answer, unless the request has its own timeout.
    public var totalTimeout: Duration

    /// The most bytes of a response's body.
    public var responseBytes: Int

    public init(connectTimeout: Duration = .seconds(10), totalTimeout: Duration = .seconds(30), responseBytes: Int = 16 << 20) {
        self.connectTimeout = connectTimeout
        self.totalTimeout = totalTimeout
        self.responseBytes = responseBytes
    }
}
