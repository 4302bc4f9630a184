import HTTPTypes
import Hummingbird
import Messaging

/// Answers a problem if no route has the path, or if the route does not have the method.
struct UnknownRoutes: RouterMiddleware {
    /// The methods of each path, as in `Allow`.
    private let allowed: [String: String]
    /// The paths with parameters, in their parts, with their methods.
    private let patterns: [(parts: [Substring], methods: String)]
    /// All routes, for the answer: `GET /healthz, GET /metrics, …`; of accounts only the pattern of their paths, and of the console only its
    /// page.
    private let known: String
    private let unrouted: UnroutedRequests
    /// Whether the console is missing only because nobody could sign in to it.
    private let lacksOperators: Bool

    init(_ routes: Router<BasicRequestContext>, _ unrouted: UnroutedRequests, lacksOperators: Bool = false) {
        self.unrouted = unrouted
        self.lacksOperators = lacksOperators
        let lines = routes.routes.filter { !$0.path.description.hasPrefix("/console/") }.map { route in
            let path = route.path.description
            if path.hasPrefix("/admin/") { return "/admin/… (Docs/Operating.md)" }
            return "\(route.method.rawValue) \(path.hasPrefix("/webhooks/") ? "/webhooks/{adapter}/{account}" : path)"
        }
        known = Set(lines).sorted().joined(separator: ", ")
        let methods = Dictionary(grouping: routes.routes, by: \.path.description).mapValues { Set($0.map(\.method)) }
        allowed = methods.mapValues { methods in
            // A route for GET also answers HEAD, without the body.
            methods.union(methods.contains(.get) ? [.head] : []).map(\.rawValue).sorted().joined(separator: ", ")
        }
        // A path without parameters comes before one that would also match: /admin/dead-letters/retry before /admin/dead-letters/{id}.
        patterns = allowed.filter { $0.key.contains("{") }.map { ($0.key.split(separator: "/"), $0.value) }
    }

    /// The most characters of a path that an answer repeats.
    private static let longestShown = 100

    @concurrent func handle(
        _ request: Request, context: BasicRequestContext, next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            guard error.status == .notFound else { return Problem(error).response }
            let problem = problem(of: request).identified(as: context.id)
            unrouted.note(request, answered: problem, from: Caller.current?.address(request.headers), to: context.logger)
            return problem.response
        }
    }

    private static let adviceOnConsole = """
        the console is there once the settings name an operator: add one with a token to `operators` (`switchboard secret new --kind operator` \
        prints a token), and reload the gateway
        """

    private static func fits(_ parts: [Substring], _ pattern: [Substring]) -> Bool {
        parts.count == pattern.count && zip(parts, pattern).allSatisfy { $0 == $1 || $1.hasPrefix("{") }
    }

    private func problem(of request: Request) -> Problem {
        // The path as the router reads it: without empty parts.
        let parts = request.uri.path.split(separator: "/")
        let path = "/" + parts.joined(separator: "/")
        if let methods = allowed[path] ?? patterns.first(where: { Self.fits(parts, $0.parts) })?.methods {
            return Problem(
                .methodNotAllowed, detail: "this path takes \(methods), not \(request.method.rawValue)", headers: [.allow: methods])
        }
        if parts.count == 3, parts[0] == "webhooks" { return Problem(.notFound, detail: "no account is configured at this path") }
        if lacksOperators, parts.first == "console" { return Problem(.notFound, detail: Self.adviceOnConsole) }
        let shown = path.count > UnknownRoutes.longestShown ? "\(path.prefix(UnknownRoutes.longestShown))…" : path
        return Problem(.notFound, detail: "there is no \(shown) here; there are \(known)")
    }
}
