import JSON

/// What a log of any level may show of an unexpected answer, which may echo the request or come from another server.
struct AnswerShape: Sendable, Equatable, CustomStringConvertible {
    /// `an object with code, message and 2 other members; application/json; 123 bytes`.
    let description: String

    /// Describes the body by its kind, its length and its known members only.
    init(_ body: [UInt8], contentType: String? = nil) {
        description = [AnswerShape.kind(of: body), contentType.map(AnswerShape.mediaType), "\(body.count) bytes"].compactMap(\.self)
            .joined(separator: "; ")
    }

    /// The media type, if it is one that servers, gateways and pages commonly send.
    static func mediaType(_ header: String) -> String {
        let type = header.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        return known.contains(type) ? type : "another media type"
    }

    private static let known: Set<String> = [
        "application/json", "application/problem+json", "application/openapi+json", "application/octet-stream", "application/xml",
        "application/vnd.pgrst.object+json", "text/csv", "text/html", "text/plain", "text/xml",
    ]

    /// The members of PostgREST's and gateways' errors and of the functions' answers.
    private static let members: Set<String> = [
        "code", "message", "details", "hint", "msg", "error", "version", "batch_id", "received", "stored", "contacts", "sessions", "moved",
        "outcome",
        "session", "paths", "definitions", "swagger", "info",
    ]

    private static func kind(of body: [UInt8]) -> String {
        guard !body.isEmpty else { return "nothing" }
        guard let json = try? JSON(parsing: body) else { return "no JSON" }
        guard json.kind == .object else { return json.kind == .array ? "a list" : "a single value" }
        let names = Set(json.members.map(\.key))
        let others = names.subtracting(members).count
        let told = names.intersection(members).sorted() + (others == 0 ? [] : [others == 1 ? "1 other member" : "\(others) other members"])
        return told.isEmpty ? "an empty object" : "an object with " + told.joined(separator: ", ")
    }
}
