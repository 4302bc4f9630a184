import JSON

/// The body of an error that PostgREST reports, either its own or the database's.
struct PostgRESTError {
    let code: String
    let message: String
    let details: String?
    let hint: String?

    /// Nil if the body is not a JSON object, so that another server sent it.
    init?(_ body: [UInt8]) {
        guard let json = try? JSON(parsing: body), json.kind == .object else { return nil }
        code = json["code"].stringOrNumber ?? ""
        message = json["message"].string ?? json["msg"].string ?? json["error"].string ?? ""
        details = json["details"].string
        hint = json["hint"].string
    }

    /// Whether the error is PostgREST's own, not the database's.
    var isOfPostgREST: Bool { code.hasPrefix("PGRST") }
}
