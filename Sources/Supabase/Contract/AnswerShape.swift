import JSON

/// What may be told of an answer that is not the one that was asked for, at every level of the log: it may echo the request, or be another's.
struct AnswerShape: Sendable, Equatable, CustomStringConvertible {
    /// `an object with code, message and 2 other members; application/json; 123 bytes`.
    let description: String

    /// Nothing of the body but its kind, its length and those of its members that are known.
    init(_ body: [UInt8], contentType: String? = nil) {
        description = [AnswerShape.kind(of: body), contentType.map(AnswerShape.mediaType), "\(body.count) bytes"].compactMap(\.self)
            .joined(separator: "; ")
    }

    /// The media type where it is one that servers, gateways and pages have.
    static func mediaType(_ header: String) -> String {
        let type = header.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        return known.contains(type) ? type : "another media type"
    }

    private static let known: Set<String> = [
        "application/json", "application/problem+json", "application/openapi+json", "application/octet-stream", "application/xml",
        "application/vnd.pgrst.object+json", "text/csv", "text/html", "text/plain", "text/xml",
    ]

    /// Those of PostgREST's errors, of gateways' and of what the functions answer.
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
