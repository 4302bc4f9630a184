import Hummingbird
import Synchronization

/// The routes and webhooks of a running server. A reload of the settings replaces them while the server keeps its connections: each request
/// is answered by the routes that were current when its header arrived.
public final class CurrentRoutes: HTTPResponder {
    private let state: Mutex<State>
    /// The webhooks that the server may accept in front of the routes.
    public let directWebhooks: DirectWebhooks

    private struct State {
        var receiver: Receiver
        var responder: RouterResponder<BasicRequestContext>
    }

    /// Begins with the routes of a receiver.
    public init(_ receiver: Receiver) {
        directWebhooks = receiver.directWebhooks
        state = Mutex(State(receiver: receiver, responder: receiver.makeRouter().buildResponder()))
    }

    public func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        try await state.withLock { $0.responder }.respond(to: request, context: context)
    }

    /// Replaces accounts, clients, operators, the limits that routes apply, and the routes of operators. `bodyLimit` and `answersNoop` stay as they were, since they
    /// belong to the server's connections.
    public func replace(
        _ endpoints: Endpoints, _ configuration: Receiver.Configuration,
        operatorRoutes: @escaping @Sendable (OperatorRouter) -> Void = { _ in }
    ) {
        // Requests go on while the routes are made. Only one reload runs at a time.
        var receiver = state.withLock { $0.receiver }
        receiver.replace(endpoints, configuration, operatorRoutes: operatorRoutes)
        let replaced = State(receiver: receiver, responder: receiver.makeRouter().buildResponder())
        state.withLock { $0 = replaced }
    }
}
