import HTTPTransport
import Hummingbird
import Synchronization

/// An HTTP proxy in front of a server, which applies to each request the fault that a test has scripted.
public final class FaultyProxy: Sendable {
    /// The treatment of one request.
    public enum Fault: Sendable {
        /// It is forwarded, and answered with the server's answer.
        case none
        /// It is forwarded after this delay.
        case delay(Duration)
        /// The connection is closed before the request reaches the server.
        case cutBefore
        /// It is forwarded, and the connection is closed when the server has answered: the call has succeeded, but the client cannot know.
        case cutAfter
        /// It is forwarded; the answer is cut off after this many bytes of its body, and the connection closed.
        case truncate(Int)
        /// The proxy answers; the request does not reach the server.
        case answer(status: Int, headers: [String: String] = [:], body: String = "")
        /// It is never answered, and does not reach the server.
        case hold
        /// It is forwarded and never answered.
        case holdAfter
    }

    /// The URL of the proxy: `http://127.0.0.1:PORT`.
    public let url: String
    private let script: ProxyScript

    /// Runs in front of `upstream`, a server's base URL, while `body` runs.
    public static func run<Value>(before upstream: String, _ body: (FaultyProxy) async throws -> Value) async throws -> Value {
        let script = ProxyScript()
        let transport = try HTTPTransport()
        defer { transport.shutdown() }
        let router = Router(context: ConnectionContext.self)
        router.addMiddleware { ProxyRoute(upstream: upstream, transport: transport, script: script) }
        return try await LiveServer.run(router) { port in
            try await body(FaultyProxy(url: "http://127.0.0.1:\(port)", script: script))
        }
    }

    private init(url: String, script: ProxyScript) {
        self.url = url
        self.script = script
    }

    /// Appends faults for the next requests, in the order of their arrival, to those already scripted.
    public func next(_ faults: Fault...) { script.append(faults) }

    /// The treatment of every request without a scripted fault; `.none` by default.
    public func otherwise(_ fault: Fault) { script.otherwise(fault) }

    /// The requests received so far, with the exact bytes of their bodies.
    public var requests: [OutgoingRequest] { script.requests }
}

/// The scripted faults of a proxy, and the requests that it has received.
final class ProxyScript: Sendable {
    private let state = Mutex(State())

    private struct State {
        var faults: [FaultyProxy.Fault] = []
        var otherwise = FaultyProxy.Fault.none
        var requests: [OutgoingRequest] = []
    }

    func append(_ faults: [FaultyProxy.Fault]) { state.withLock { $0.faults += faults } }
    func otherwise(_ fault: FaultyProxy.Fault) { state.withLock { $0.otherwise = fault } }
    var requests: [OutgoingRequest] { state.withLock { $0.requests } }

    /// Records a request and returns its fault.
    func take(_ request: OutgoingRequest) -> FaultyProxy.Fault {
        state.withLock { state in
            state.requests.append(request)
            return state.faults.isEmpty ? state.otherwise : state.faults.removeFirst()
        }
    }
}
