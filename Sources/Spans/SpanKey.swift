/// The attributes of spans, by OpenTelemetry's names where it has one (OpenTelemetry, "Semantic conventions for HTTP spans", "for database
/// client spans" and "for messaging spans", read 2026-11-28). None of them may hold a token, a body or a phone.
public enum SpanKey {
    public static let method = "http.request.method"
    /// The pattern of the path, which has few values.
    public static let route = "http.route"
    public static let status = "http.response.status_code"
    /// The path without the query; left out unless a route has it, since a client may write anything into another path.
    public static let path = "url.path"
    public static let scheme = "url.scheme"
    /// The URL of a call that this process makes, without user, password and query.
    public static let fullURL = "url.full"
    public static let serverAddress = "server.address"
    public static let serverPort = "server.port"
    public static let errorType = "error.type"
    public static let databaseSystem = "db.system.name"
    public static let procedure = "db.stored_procedure.name"
    /// The number of items: of a delivery's events, or of the rows of a batch.
    public static let itemCount = "messaging.batch.message_count"
    /// The kind of the adapter, which stands for the provider.
    public static let adapter = "switchboard.adapter"
    public static let account = "switchboard.account"
    /// The number of different deliveries whose items a batch carries.
    public static let deliveryCount = "switchboard.sync.deliveries"
    /// 1 for the first attempt to send a batch.
    public static let attempt = "switchboard.sync.attempt"
}
