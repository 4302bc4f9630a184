import HTTPTransport
import Hummingbird
import Synchronization

/// An HTTP proxy before a server, which does to each request what a test has scripted for it.
public final class FaultyProxy: Sendable {
    /// What happens to one request.
    public enum Fault: Sendable {
        /// It is forwarded, and answered as the server answers.
        case none
        /// It is forwarded after so long.
        case delay(Duration)
        /// The connection is closed; the server sees nothing of it.
        case cutBefore
        /// It is forwarded, and the connection closed when the server has answered: done, and nobody knows.
        case cutAfter
        /// It is forwarded; the answer ends after so many bytes of its body, and the connection with it.
        case truncate(Int)
        /// It is answered here; the server sees nothing of it.
        case answer(status: Int, headers: [String: String] = [:], body: String = "")
        /// It is never answered; the server sees nothing of it.
        case hold
        /// It is forwarded and never answered.
        case holdAfter
    }

    /// `http://127.0.0.1:PORT`.
    public let url: String
    private let script: ProxyScript

    /// Stands before `upstream`, a server's base URL, while `body` runs.
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

    /// What happens to the next requests, in the order that they come, after what was scripted before.
    public func next(_ faults: Fault...) { script.append(faults) }

    /// What happens to every request that nothing is scripted for; `.none` unless told.
    public func otherwise(_ fault: Fault) { script.otherwise(fault) }

    /// The requests that came so far, with the exact bytes of their bodies.
    public var requests: [OutgoingRequest] { script.requests }
}

/// What a proxy has to do, and what came to it.
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

    /// Keeps a request and tells what happens to it.
    func take(_ request: OutgoingRequest) -> FaultyProxy.Fault {
        state.withLock { state in
            state.requests.append(request)
            return state.faults.isEmpty ? state.otherwise : state.faults.removeFirst()
        }
    }
}
