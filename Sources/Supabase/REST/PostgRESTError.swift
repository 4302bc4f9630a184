import JSON

/// The body of PostgREST's errors, its own and those of the database.
struct PostgRESTError {
    let code: String
    let message: String
    let details: String?
    let hint: String?

    /// Nil where the body is no JSON object: then it is somebody else's.
    init?(_ body: [UInt8]) {
        guard let json = try? JSON(parsing: body), json.kind == .object else { return nil }
        code = json["code"].stringOrNumber ?? ""
        message = json["message"].string ?? json["msg"].string ?? json["error"].string ?? ""
        details = json["details"].string
        hint = json["hint"].string
    }

    /// Whether PostgREST itself says so, rather than the database by it.
    var isOfPostgREST: Bool { code.hasPrefix("PGRST") }
}
