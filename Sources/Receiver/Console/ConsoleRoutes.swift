import HTTPTypes
import Hummingbird
import JSON
import Logging

/// `/console`: the operators' page with its files, and how a browser signs in and out. Without operators there is no console.
struct ConsoleRoutes: Sendable {
    let door: OperatorDoor
    let bodies: BodyReader
    /// Whether browsers reach this gateway by TLS without a proxy in between.
    let hasTLS: Bool

    /// The most bytes of a body that signs in.
    private static let bodyLimit = 4096

    func add(to router: Router<BasicRequestContext>) {
        guard door.hasOperators else { return }
        for asset in ConsoleAsset.all {
            let path = asset.name == ConsoleAsset.page ? "console" : "console/\(asset.name)"
            router.get(RouterPath(path), use: Self.protected { request, _ in asset.response(to: request) })
        }
        router.post("console/login", use: Self.protected(answeringProblems(signIn)))
        router.get("console/session", use: Self.protected(answeringProblems(show)))
        router.post("console/logout", use: Self.protected(answeringProblems(signOut)))
    }

    @Sendable private func signIn(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        // A form of another site cannot send this type, and a script of another site would have to ask first, which is never allowed.
        guard request.headers[.contentType].map({ $0.lowercased().hasPrefix("application/json") }) ?? false else {
            throw Problem(.unsupportedMediaType, detail: "Content-Type must be application/json")
        }
        try ConsoleCookie.checkSite(of: request)
        let body = try await bodies.read(request, upTo: Self.bodyLimit)
        defer { bodies.release(body) }
        guard let token = (try? JSON(parsing: body))?["token"].string else {
            throw Problem(.badRequest, detail: #"the body must be a JSON object with the member "token""#)
        }
        let opened = try door.signIn(with: token, request)
        context.logger.info("operator signed in to the console", metadata: ["operator.name": "\(opened.session.operatorName)"])
        var response = answer(opened.session)
        response.headers[.setCookie] = ConsoleCookie.setting(opened.id, isSecure: isSecure(request))
        return response
    }

    @Sendable private func show(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        answer(try door.session(of: request))
    }

    @Sendable private func signOut(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let session = try door.signOut(request)
        context.logger.info("operator signed out of the console", metadata: ["operator.name": "\(session.operatorName)"])
        return Response(status: .noContent, headers: [.setCookie: ConsoleCookie.clearing(isSecure: isSecure(request))])
    }

    private func answer(_ session: ConsoleSession) -> Response {
        var writer = JSONWriter()
        writer.object { reply in
            reply.member("operator", session.operatorName)
            reply.member("csrf_token", session.csrfToken)
            reply.member("ends_at", "\(session.endsAt)")
        }
        var response = Response(status: .ok, json: writer)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// Browsers tell the scheme of their page in every POST of a script, whatever proxies are in between.
    private func isSecure(_ request: Request) -> Bool { hasTLS || request.headers[.origin]?.hasPrefix("https://") == true }

    /// The action with headers that keep browsers from running, framing or lending anything but the console's own files.
    private static func protected(_ action: @escaping RouteAction) -> RouteAction {
        { request, context in
            var response = try await action(request, context)
            for (name, value) in headers { response.headers[name] = value }
            return response
        }
    }

    private static let headers: [(HTTPField.Name, String)] = [
        ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }

    /// The last directive makes browsers refuse every assignment of text that would be read as HTML or as a script.
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'", "form-action 'self'",
        "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'",
    ].joined(separator: "; ")
}
