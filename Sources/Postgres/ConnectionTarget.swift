import CPostgres

/// Where to connect and as whom. It holds the password and never shows it.
struct ConnectionTarget: Sendable, CustomStringConvertible, CustomReflectable {
    let connectTimeout: Duration
    private let settings: [(name: String, value: String)]
    private let password: PasswordMask

    /// Checks the URL without connecting. What libpq says of a URL that it cannot read may quote the password: it is not repeated.
    init(url: String, limits: PostgresLimits) throws(PostgresError) {
        guard ["postgres://", "postgresql://"].contains(where: url.hasPrefix) else {
            throw PostgresError(.malformed, message: "the URL does not begin with postgres:// or postgresql://")
        }
        let url = ConnectionTarget.withoutForeignOptions(url)
        let parts = ConnectionTarget.parts(of: url)
        guard let parts, parts.isSound else {
            throw PostgresError(
                .malformed, message: "the URL cannot be read as postgres://USER:PASSWORD@HOST:PORT/DATABASE",
                hint: "special characters of the password are percent-encoded: @ as %40, / as %2F, : as %3A, % as %25")
        }
        let keepalive = Int(max(3, limits.keepalive.components.seconds))
        connectTimeout = limits.connectTimeout
        password = PasswordMask(parts.password ?? "", except: [parts.user, parts.database, parts.host])
        // Of two settings of one name the later counts: the URL may change those before it.
        settings = [
            ("application_name", "switchboard"), ("gssencmode", "disable"),
            ("keepalives_idle", "\(keepalive)"), ("keepalives_interval", "\(keepalive / 3)"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "\(keepalive * 2000)"),
            ("dbname", url), ("client_encoding", "UTF8"),
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

    fileprivate static func parts(of url: String) -> URLParts? {
        var reason: UnsafeMutablePointer<CChar>?
        defer { PQfreemem(reason) }
        guard let options = PQconninfoParse(url, &reason) else { return nil }
        defer { PQconninfoFree(options) }
        return URLParts(options)
    }

    /// Without options that other clients put into the URLs that people have, and that libpq refuses.
    fileprivate static func withoutForeignOptions(_ url: String) -> String {
        let start = url.lastIndex(of: "@") ?? url.startIndex
        guard let mark = url[start...].firstIndex(of: "?") else { return url }
        let foreign = ["pgbouncer", "connection_limit", "pool_timeout", "supa"]
        let options = url[url.index(after: mark)...].split(separator: "&").filter { option in
            !foreign.contains { option.hasPrefix("\($0)=") }
        }
        return url[..<mark] + (options.isEmpty ? "" : "?" + options.joined(separator: "&"))
    }
}

extension PostgresPool {
    /// Where a URL leads to, without user and password: `db.example.com:5432/postgres`; nil where it cannot be read.
    public static func address(of url: String) -> String? {
        guard let parts = ConnectionTarget.parts(of: ConnectionTarget.withoutForeignOptions(url)), parts.isSound else { return nil }
        return "\(parts.host ?? "localhost"):\(parts.port ?? "5432")/\(parts.database ?? parts.user ?? "postgres")"
    }
}

/// What libpq reads out of a URL.
private struct URLParts {
    private var values: [String: String] = [:]

    init(_ options: UnsafeMutablePointer<PQconninfoOption>) {
        var option = options
        while let name = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: name)] = String(cString: value) }
            option += 1
        }
    }

    var user: String? { values["user"] }
    var password: String? { values["password"] }
    var host: String? { values["host"] }
    var port: String? { values["port"] }
    var database: String? { values["dbname"] }

    /// Whether host, port and database can be meant so. A password with an unencoded `@` or `/` ends up in one of them.
    var isSound: Bool {
        let ports = (values["port"] ?? "").split(separator: ",").map { Int($0) }
        return [host, database].allSatisfy { $0?.contains("@") != true } && ports.allSatisfy { (1...65535).contains($0 ?? 0) }
    }
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
