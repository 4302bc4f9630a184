import HTTPTypes
import Hummingbird
import Spans
import Tracing

/// Makes a span of each request that reaches the routes, except probes. It ends when the answer begins: a stream of `/events` is not
/// included.
struct RouteSpans: RouterMiddleware {
    let requests: RequestSpans

    /// Asked every few seconds by machines; their spans would hide the others.
    private static let probes: Set<String> = ["/healthz", "/readyz", "/metrics"]

    @concurrent func handle(
        _ request: Request, context: BasicRequestContext, next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        guard requests.isOn, !Self.probes.contains(request.uri.path) else { return try await next(request, context) }
        let trace = requests.spans.context(of: request.headers, by: FieldReader())
        let span = requests.start(request.method.rawValue, host: request.head.authority, in: trace)
        defer { span.end() }
        do {
            let response = try await ServiceContext.$current.withValue(span.context) { try await next(request, context) }
            if let path = context.endpointPath, path.hasPrefix("/") { name(span, path, of: request) }
            RequestSpans.answered(span, status: response.status.code)
            return response
        } catch {
            // The connection is gone, or the server answers 500.
            span.fail(error)
            throw error
        }
    }

    /// Names the span after the route. Each account has a route of its own, whose pattern is the same.
    private func name(_ span: any Span, _ route: String, of request: Request) {
        let parts = route.split(separator: "/")
        guard parts.count == 3, parts[0] == "webhooks" else { return requests.name(span, route: route, path: request.uri.path) }
        requests.name(span, route: RequestSpans.webhookRoute, path: request.uri.path)
        RequestSpans.describe(span, adapter: String(parts[1]), account: String(parts[2]))
    }
}
