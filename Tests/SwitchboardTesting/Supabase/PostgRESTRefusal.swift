import HTTPTypes
import JSON
import Postgres

/// An error as answered by PostgREST, or by the gateway in front of it.
struct PostgRESTRefusal: Error {
    let status: Int
    let body: String
    let headers: HTTPFields

    /// An error of PostgREST.
    init(_ status: Int, code: String, message: String, details: String? = nil, hint: String? = nil, retryAfter: Int? = nil) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("code", code)
            for (name, value) in [("details", details), ("hint", hint)] {
                writer.key(name)
                if let value { writer.string(value) } else { writer.null() }
            }
            writer.member("message", message)
        }
        var headers: HTTPFields = [.contentType: "application/json; charset=utf-8"]
        headers[.proxyStatus] = "PostgREST; error=\(code)"
        if let retryAfter { headers[.retryAfter] = "\(retryAfter)" }
        self.status = status
        body = writer.text
        self.headers = headers
    }

    /// An error of the gateway, which has another form.
    init(gateway message: String, hint: String) {
        status = 401
        body = #"{"message":"\#(message)","hint":"\#(hint)"}"#
        headers = [.contentType: "application/json"]
    }

    static let noKey = PostgRESTRefusal(gateway: "No API key found in request", hint: "No `apikey` request header or url param was found.")
    static let wrongKey = PostgRESTRefusal(gateway: "Invalid API key", hint: "Double check your Supabase `anon` or `service_role` API key.")
    static func badToken(_ message: String) -> PostgRESTRefusal { PostgRESTRefusal(401, code: "PGRST301", message: message) }

    /// A schema that is not exposed (PostgREST from 13.0.7 on, Errors, PGRST106; earlier, hint and message were one sentence).
    static func unexposed(_ schema: String, of exposed: [String]) -> PostgRESTRefusal {
        PostgRESTRefusal(
            406, code: "PGRST106", message: "Invalid schema: \(schema)",
            hint: "Only the following schemas are exposed: \(exposed.joined(separator: ", "))")
    }

    /// The error of a call, for a caller with a role.
    init(_ error: PostgresError, as role: String) {
        switch error.code {
        case .server where error.sqlState != nil && !error.isOutcomeUnknown:
            let state = error.sqlState ?? ""
            self.init(
                PostgRESTRefusal.status(of: state, isAnonymous: role == "anon"), code: state, message: error.message, details: error.detail,
                hint: error.hint)
        case .timedOut: self.init(504, code: "PGRST003", message: "Timed out acquiring connection from connection pool.")
        case .unreachable:
            self.init(503, code: "PGRST000", message: "Database connection error. Retrying the connection.", details: error.message)
        default: self.init(503, code: "PGRST001", message: "Database client error. Retrying the connection.", details: error.message)
        }
    }

    /// The statuses by PostgREST's table, Errors (docs.postgrest.org/en/v14/references/errors.html, 2026-11-24).
    static func status(of state: String, isAnonymous: Bool) -> Int {
        switch state {
        case "23503", "23505": return 409
        case "25006": return 405
        case "53400", "42P17": return 500
        case "P0001": return 400
        case "42883", "42P01": return 404
        case "42501": return isAnonymous ? 401 : 403
        default: break
        }
        switch state.prefix(2) {
        case "PT": return Int(state.dropFirst(2)) ?? 500
        case "08", "53": return 503
        case "0L", "0P", "28": return 403
        case "09", "25", "2D", "38", "39", "3B", "40", "54", "55", "57", "58", "F0", "HV", "P0", "XX": return 500
        default: return 400
        }
    }
}

extension HTTPField.Name {
    fileprivate static var proxyStatus: HTTPField.Name { HTTPField.Name("Proxy-Status") ?? .via }
}
