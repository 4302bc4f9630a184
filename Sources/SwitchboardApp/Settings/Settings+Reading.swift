import Logging
import Messaging
import Receiver
import Supabase
import Yams

extension Settings {
    /// Reads the text of a settings file. Throws all its problems, not only the first.
    public init(yaml: String, environment: SettingsEnvironment, for purpose: SettingsPurpose = .accounts) throws(SettingsError) {
        let report = SettingsReport(environment: environment, purpose: purpose)
        self.init(root: try Settings.compose(yaml), report: report)
        environmentFile = environment.readFile
        let problems = report.problemsByLine
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }

    /// Reads the text of a file that is being changed: a variable without a value is no problem, but what it would set is missing.
    init(edited yaml: String, environment: SettingsEnvironment) throws(SettingsError) {
        let report = SettingsReport(environment: environment)
        self.init(root: try Settings.compose(yaml), report: report)
        guard report.problemsOfFile.isEmpty else { throw SettingsError(problems: report.problemsOfFile) }
    }

    /// Sections are read in the order of Config/switchboard.yaml.
    init(root: Node?, report: SettingsReport) {
        self.init()
        var keys = SettingsMapping(root, path: "", report: report)
        server.read(keys.section("server"), report)
        journal.read(keys.section("journal"), report)
        session.read(keys.section("session"), report)
        accounts = AccountsReader(defaultRegion: session.defaultRegion, server: server).accounts(keys.list("accounts"), report)
        // A key or token must not also open something else, whether its text or its digest is written.
        var holders: [BearerSecret: String] = [:]
        for (index, account) in accounts.enumerated() {
            for secret in account.secrets + [account.verifyToken].compactMap(\.self) {
                holders[BearerSecret(secret)] = "accounts[\(index)]"
            }
        }
        clients = named(keys.list("clients"), report, secret: "key", heldBy: &holders, as: Client.init)
        operators = named(keys.list("operators"), report, secret: "token", heldBy: &holders, as: Operator.init)
        supabase.read(keys.section("supabase"), report)
        tracing.read(keys.section("tracing"), report)
        log.read(keys.section("log"))
        if [.serve, .examine].contains(report.purpose), !report.hasProblem(at: "accounts"),
            let refusal = DevelopmentAccounts.refusal(of: self)
        {
            report.addOfStart("accounts", refusal, line: keys.line(of: "accounts"))
        }
        keys.finish()
        notes = report.notes
    }

    /// Reads only `server` from a file's text, to find the gateway that runs. Throws only the problems of this section: an account without
    /// its secret, or an unfinished change, does not make a gateway unhealthy.
    static func server(yaml: String, environment: SettingsEnvironment) throws(SettingsError) -> Server {
        let report = SettingsReport(environment: environment)
        var keys = SettingsMapping(try compose(yaml), path: "", report: report)
        var server = Server()
        server.read(keys.section("server"), report)
        guard report.problems.isEmpty else { throw SettingsError(problems: report.problemsByLine) }
        return server
    }

    /// Reads `supabase.schema` from a file's text. Throws only the problems of this key, since the rest need not suffice for a gateway.
    static func schema(yaml: String, environment: SettingsEnvironment) throws(SettingsError) -> SchemaName {
        let report = SettingsReport(environment: environment)
        var keys = SettingsMapping(try compose(yaml), path: "", report: report)
        var section = keys.section("supabase")
        let schema = section.value("schema", orVariable: Supabase.schemaVariable, .schema) ?? .public
        guard report.problems.isEmpty else { throw SettingsError(problems: report.problemsByLine) }
        return schema
    }

    private static func compose(_ yaml: String) throws(SettingsError) -> Node? {
        do {
            return try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            throw SettingsError(problems: [SettingsProblem(error)])
        } catch {
            throw SettingsError("", "is not YAML")
        }
    }

    /// Reads elements with a name and a secret, both unique, or several secrets, so that one can replace another. `holders` has the element that
    /// already uses a secret.
    private func named<Element>(
        _ list: [(path: String, node: Node)], _ report: SettingsReport, secret: String, heldBy holders: inout [BearerSecret: String],
        as make: (String, [Secret]) -> Element
    ) -> [Element] {
        var names: Set<String> = []
        return list.compactMap { path, node in
            var keys = SettingsMapping(node, path: path, report: report)
            let name = keys.required("name", .text)
            let values = keys.oneOrMore(secret, .ownSecret)
            keys.finish()
            if let name, !names.insert(name).inserted {
                report.add(
                    keys.path(of: "name"), "\(SecretForm.isLikely(name) ? "its name" : "“\(name)”") is there twice",
                    line: keys.line(of: "name"))
            }
            let distinct = Set(values.map(BearerSecret.init))
            for value in distinct {
                guard let other = holders.updateValue(path, forKey: value) else { continue }
                report.add(keys.path(of: secret), "is that of \(other) too: each must be unique", line: keys.line(of: secret))
            }
            if distinct.count < values.count { report.add(keys.path(of: secret), "has a value twice", line: keys.line(of: secret)) }
            guard let name, !values.isEmpty else { return nil }
            return make(name, values)
        }
    }
}

extension Settings.Server {
    fileprivate mutating func read(_ section: SettingsMapping, _ report: SettingsReport) {
        var keys = section
        keys.read("host", .text, into: &host)
        keys.read("port", .number(0...65_535), into: &port)
        let publicURL = keys.value("public_url", .publicURL)
        keys.read("body_limit", .bodySize, into: &bodyLimit)
        keys.read("batch_limit", .number(1...100_000), into: &batchLimit)
        keys.read("header_timeout", .duration, into: &headerTimeout)
        keys.read("body_timeout", .duration, into: &bodyTimeout)
        keys.read("idle_timeout", .duration, into: &idleTimeout)
        keys.read("write_timeout", .duration, into: &writeTimeout)
        keys.read("max_connections", .number(1...1_000_000), into: &maxConnections)
        keys.read("connections_per_address", .number(1...1_000_000), into: &connectionsPerAddress)
        keys.read("body_memory", .size, into: &bodyMemory)
        keys.read("address_rate", .number(0...1_000_000), into: &addressRate)
        keys.read("account_rate", .number(0...1_000_000), into: &accountRate)
        keys.read("event_streams", .number(0...10_000), into: &eventStreams)
        trustedProxies = keys.list("trusted_proxies").compactMap {
            report.value(of: $0.node, at: $0.path, .addressRange, mayBeEmpty: false)
        }
        keys.read("proxy_header", .choice, into: &proxyHeader)
        tls = Settings.Server.tls(&keys, report)
        self.publicURL = publicURL ?? ownURL
        keys.read("event_loops", .number(1...256), into: &eventLoops)
        if bodyMemory < bodyLimit {
            report.add(
                keys.path(of: "body_memory"), "must be at least server.body_limit, or the largest body is never taken", line: keys.line)
        }
        keys.finish()
    }

    /// Nil if neither file is named.
    private static func tls(_ keys: inout SettingsMapping, _ report: SettingsReport) -> TLSFiles? {
        var files = keys.section("tls")
        let certificate = files.valueNotEmpty("certificate", .text)
        let key = files.valueNotEmpty("key", .text)
        files.finish()
        let authorities = keys.valueNotEmpty("client_ca", .text)
        switch (certificate, key) {
        case (let certificate?, let key?):
            let named = TLSFiles(certificate: certificate, key: key, clientAuthorities: authorities)
            guard report.purpose.usesTLS else { return named }
            do throws(TLSError) { _ = try TLSIdentity(named) } catch {
                report.addOfStart(keys.path(of: "tls"), error.description, line: keys.line(of: "tls"))
            }
            return named
        case (nil, nil):
            if authorities != nil { report.add(keys.path(of: "client_ca"), "has no effect without server.tls", line: keys.line) }
            return nil
        default:
            report.add(keys.path(of: "tls"), "must name both certificate and key", line: keys.line)
            return nil
        }
    }
}

extension Settings.Journal {
    fileprivate mutating func read(_ section: SettingsMapping, _ report: SettingsReport) {
        var keys = section
        keys.read("path", .journalPath, into: &path)
        keys.read("keep", .duration, into: &keep)
        keys.read("compress_after", .duration, into: &compressAfter)
        keys.read("max_size", .size, into: &maxSize)
        keys.read("keep_dead_letters", .duration, into: &keepDeadLetters)
        keys.read("max_dead_letters", .size, into: &maxDeadLetters)
        keys.read("keep_refused", .flag, into: &keepRefused)
        keys.read("max_log", .logSize, into: &maxLog)
        keys.read("key_memory", .size, into: &keyMemory)
        keys.read("min_free_space", .size, into: &minimumFreeSpace)
        if compressAfter > keep {
            report.note(
                keys.path(of: "compress_after"), "is longer than journal.keep: nothing is ever compressed",
                line: keys.line(of: "compress_after") ?? keys.line)
        }
        keys.finish()
    }
}

extension Settings.Session {
    fileprivate mutating func read(_ section: SettingsMapping, _ report: SettingsReport) {
        var keys = section
        keys.read("idle_timeout", .duration, into: &idleTimeout)
        var channels = keys.section("idle_timeouts")
        for channel in channels.allKeys() {
            guard Channel.isName(channel) else {
                report.add(
                    channels.path(of: channel), "is not a channel name: it must be \(Channel.nameRule)", line: channels.line(of: channel))
                continue
            }
            idleTimeouts[Channel(channel)] = channels.value(channel, .duration)
        }
        keys.read("default_region", .region, into: &defaultRegion)
        if let named = keys.listIfPresent("channels") {
            self.channels = named.compactMap { report.value(of: $0.node, at: $0.path, .channel, mayBeEmpty: false) }
        }
        keys.finish()
    }
}

extension Settings.Supabase {
    fileprivate static let schemaVariable = "SUPABASE_SCHEMA"

    fileprivate mutating func read(_ section: SettingsMapping, _ report: SettingsReport) {
        var keys = section
        let (urlVariable, keyVariable) = ("SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY")
        url = keys.value("url", orVariable: urlVariable, .url)
        serviceRoleKey = keys.value("service_role_key", orVariable: keyVariable, .givenSecret)
        schema = keys.value("schema", orVariable: Settings.Supabase.schemaVariable, .schema) ?? schema
        dbURL = keys.value("db_url", orVariable: "SUPABASE_DB_URL", .databaseURL(for: schema))
        write = keys.value("write", orVariable: "FEATURE_SUPABASE_WRITE", .flag) ?? write
        keys.read("lookup_timeout", .duration, into: &lookupTimeout)
        keys.read("batch_size", .number(1...500), into: &batchSize)
        keys.read("calls_in_flight", .number(1...32), into: &callsInFlight)
        keys.finish()
        // A value that is itself wrong may have been meant as any value.
        let isWrong = { (name: String) in report.hasProblem(at: keys.path(of: name)) }
        let hasURL = url != nil || isWrong("url")
        let hasKey = serviceRoleKey != nil || isWrong("service_role_key")
        // With one of the two set, an operator expects everything in the database, and would look for it there in vain.
        guard write, !isWrong("write"), dbURL == nil, !isWrong("db_url"), hasURL != hasKey else { return }
        let missing = hasKey ? ("url", urlVariable) : ("service_role_key", keyVariable)
        keys.reportMissing(
            missing.0, orVariable: missing.1, since: "supabase.\(hasKey ? "service_role_key" : "url") is given",
            alternative:
                "SUPABASE_DB_URL to connect to Postgres directly, or FEATURE_SUPABASE_WRITE=false to keep everything only in the journal")
    }
}

extension Settings.Tracing {
    fileprivate mutating func read(_ section: SettingsMapping, _ report: SettingsReport) {
        var keys = section
        endpoint = keys.value("endpoint", .publicURL)
        keys.read("sample_ratio", .ratio, into: &sampleRatio)
        var fields = keys.section("headers")
        for name in fields.allKeys() {
            guard let header = ScalarForm<String>.headerName.read(name), header != "content-type" else {
                report.add(
                    fields.path(of: name), "must be the name of a header, such as x-api-key, and not content-type",
                    line: fields.line(of: name))
                continue
            }
            guard let value = fields.value(name, .headerSecret) else { continue }
            headers.append(Header(name: header, value: value))
        }
        headers.sort { $0.name < $1.name }
        keys.finish()
    }
}

extension Settings.Log {
    fileprivate mutating func read(_ section: SettingsMapping) {
        var keys = section
        keys.read("level", .choice, into: &level)
        keys.read("format", .choice, into: &format)
        keys.read("buffer", .bufferSize, into: &buffer)
        keys.finish()
    }
}
