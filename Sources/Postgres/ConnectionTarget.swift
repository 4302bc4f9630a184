import CPostgres

/// Where to connect and as whom. It holds the password and never shows it.
struct ConnectionTarget: Sendable, CustomStringConvertible, CustomReflectable {
    let connectTimeout: Duration
    /// Bytes that the server may send in one go.
    let answerBytes: Int
    /// What each query begins with.
    let querySettings: PostgresSettings
    private let settings: [(name: String, value: String)]
    private let password: PasswordMask

    /// Takes a URL that was checked, without connecting.
    init(url: DatabaseURL, limits: PostgresLimits, settings querySettings: PostgresSettings = .inherited) {
        self.querySettings = querySettings
        let keepalive = Int(max(3, limits.keepalive.components.seconds))
        connectTimeout = limits.connectTimeout
        answerBytes = limits.answerBytes
        password = PasswordMask(url.password ?? "", except: [url.user, url.database, url.host])
        // Of two settings of one name the later counts: the URL may change those before it.
        settings = [
            ("application_name", "switchboard"), ("gssencmode", "disable"),
            ("keepalives_idle", "\(keepalive)"), ("keepalives_interval", "\(keepalive / 3)"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "\(keepalive * 2000)"),
            ("dbname", url.text), ("client_encoding", "UTF8"),
        ]
    }

    /// Begins to connect, looking the name up first; nil where libpq has no memory. The caller frees the handle.
    func startConnecting() -> OpaquePointer? {
        withCStrings(settings.map(\.name)) { names in
            withCStrings(settings.map(\.value)) { values in PQconnectStartParams(names, values, 1) }
        }
    }

    /// What libpq says of a connection, without the password.
    func message(of handle: OpaquePointer) -> String { password.hide(in: String(cString: PQerrorMessage(handle))) }

    var description: String { "a PostgreSQL server" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// Calls `body` with an array of C strings that a null pointer ends.
func withCStrings<Value>(_ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value) -> Value {
    // One buffer for all of them: a parameter may have a megabyte.
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
