import CPostgres

/// The server, database and credentials of a connection. It contains the password and never shows it.
struct ConnectionTarget: Sendable, CustomStringConvertible, CustomReflectable {
    let connectTimeout: Duration
    /// The largest number of bytes of one answer of the server.
    let answerBytes: Int
    /// The settings of each query.
    let querySettings: PostgresSettings
    private let settings: [(name: String, value: String)]
    private let password: PasswordMask

    /// Takes a validated URL, without connecting.
    init(url: DatabaseURL, limits: PostgresLimits, settings querySettings: PostgresSettings = .inherited) {
        self.querySettings = querySettings
        let keepalive = Int(max(3, limits.keepalive.components.seconds))
        connectTimeout = limits.connectTimeout
        answerBytes = limits.answerBytes
        password = PasswordMask(url.password ?? "", except: [url.user, url.database, url.host])
        // If two settings have one name, the later counts: the URL may override those before it.
        settings = [
            ("application_name", "switchboard"), ("gssencmode", "disable"),
            ("keepalives_idle", "\(keepalive)"), ("keepalives_interval", "\(keepalive / 3)"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "\(keepalive * 2000)"),
            ("dbname", url.text), ("client_encoding", "UTF8"),
        ]
    }

    /// Begins to connect, after resolving the host's name; nil if libpq has no memory. The caller frees the handle.
    func startConnecting() -> OpaquePointer? {
        withCStrings(settings.map(\.name)) { names in
            withCStrings(settings.map(\.value)) { values in PQconnectStartParams(names, values, 1) }
        }
    }

    /// libpq's message about a connection, without the password.
    func message(of handle: OpaquePointer) -> String { password.hide(in: String(cString: PQerrorMessage(handle))) }

    var description: String { "a PostgreSQL server" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// Calls `body` with a null-terminated array of C strings.
func withCStrings<Value>(_ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value) -> Value {
    // One buffer for all strings: a parameter may be a megabyte long.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) + 1 })
    var offsets: [Int?] = []
    for text in texts {
        offsets.append(text.map { _ in bytes.count })
        if let text { bytes.append(contentsOf: text.utf8) }
        bytes.append(0)
    }
    return bytes.withUnsafeBytes { buffer in
        let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        var pointers = offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { $0.baseAddress.map(body) ?? body([nil]) }
    }
}
