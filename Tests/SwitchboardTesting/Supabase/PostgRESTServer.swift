import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Postgres

/// PostgREST with the gateway in front of it, as far as function calls are concerned, over a real PostgreSQL: `POST /rest/v1/rpc/f` becomes
/// `select SCHEMA.f(arg => …)` with the key's role. Statuses, codes and bodies are those of PostgREST 13 and 14.
public struct PostgRESTServer: Sendable {
    /// The URL, as in `SUPABASE_URL`: `http://127.0.0.1:PORT`.
    public let url: String
    private let database: PostgRESTDatabase

    /// The known keys; the legacy ones have the form of JWTs.
    public enum Keys {
        /// A legacy key with the role `service_role`.
        public static let legacy = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl"
        /// A secret key with the role `service_role`.
        public static let secret = "sb_secret_c2VjcmV0LW9mLXRoZS10ZXN0cw"
        /// A legacy key with the role `anon`.
        public static let anon = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJl"

        static let roles = [legacy: "service_role", secret: "service_role", anon: "anon"]
    }

    /// Serves a database with a URL from `PostgresServer` while `body` runs. It exposes `schemas`, by default those of Supabase; a request
    /// that names none gets the first.
    public static func run<Value>(
        database url: String, exposing schemas: [String] = ["public", "graphql_public"], _ body: (PostgRESTServer) async throws -> Value
    ) async throws -> Value {
        let database = try PostgRESTDatabase(url: url)
        defer { database.shutdown() }
        return try await LiveServer.run(router(database, exposing: schemas)) { port in
            try await body(PostgRESTServer(url: "http://127.0.0.1:\(port)", database: database))
        }
    }

    private static func router(_ database: PostgRESTDatabase, exposing schemas: [String]) -> Router<ConnectionContext> {
        let router = Router(context: ConnectionContext.self)
        router.post("/rest/v1/rpc/:function") { request, context in
            let function = try context.parameters.require("function")
            return await answer {
                let role = try role(of: request)
                let schema = try schema(request.headers[.contentProfile], of: schemas)
                let body = try await request.body.collect(upTo: 64 << 20)
                return try await database.call(function, Array(body.readableBytesView), as: role, in: schema)
            }
        }
        router.get("/rest/v1/") { request, _ in
            await answer {
                let role = try role(of: request)
                return try await database.openAPI(as: role, of: schema(request.headers[.acceptProfile], of: schemas))
            }
        }
        return router
    }

    /// The schema that a profile header names: PostgREST 13, Schemas.
    private static func schema(_ profile: String?, of exposed: [String]) throws -> String {
        guard let profile else { return exposed.first ?? "public" }
        guard exposed.contains(profile) else { throw PostgRESTRefusal.unexposed(profile, of: exposed) }
        return profile
    }

    private static func answer(_ json: () async throws -> String) async -> Response {
        do {
            return Response(status: .ok, headers: [.contentType: "application/json; charset=utf-8"], body: body(try await json()))
        } catch let refusal as PostgRESTRefusal {
            return Response(status: .init(code: refusal.status), headers: refusal.headers, body: body(refusal.body))
        } catch {
            return Response(status: .internalServerError, body: body("\(error)"))
        }
    }

    private static func body(_ text: String) -> ResponseBody { ResponseBody(byteBuffer: ByteBuffer(string: text)) }

    /// The gateway's check of the key, followed by PostgREST's check of the token.
    private static func role(of request: Request) throws -> String {
        guard let key = request.headers[values: .apiKey].first else { throw PostgRESTRefusal.noKey }
        guard let role = Keys.roles[key] else { throw PostgRESTRefusal.wrongKey }
        guard let bearer = request.headers[.authorization] else { return key.hasPrefix("eyJ") ? "anon" : role }
        let token = bearer.replacing("Bearer ", with: "")
        let parts = token.split(separator: ".").count
        guard parts == 3 else { throw PostgRESTRefusal.badToken("Expected 3 parts in JWT; got \(parts)") }
        guard let tokenRole = Keys.roles[token] else { throw PostgRESTRefusal.badToken("No suitable key or wrong key type") }
        return tokenRole
    }
}

extension HTTPField.Name {
    fileprivate static var contentProfile: HTTPField.Name { HTTPField.Name("Content-Profile") ?? .authorization }
    fileprivate static var acceptProfile: HTTPField.Name { HTTPField.Name("Accept-Profile") ?? .authorization }
    fileprivate static var apiKey: HTTPField.Name { HTTPField.Name("apikey") ?? .authorization }
}
