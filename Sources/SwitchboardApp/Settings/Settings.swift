import Foundation
import Journal
import Logging
import Messaging
import Receiver
import Supabase

/// The configurations of the gateway's parts without settings: a default that a part has is written only there.
private enum Defaults {
    static let limits = Edge.Limits()
    static let deadlines = ConnectionDeadlines()
    static let receiver = Receiver.Configuration(clients: ClientKeys([], isOpen: false))
    static let journal = Journal.Configuration(path: "")
    static let sessions = SessionPolicy()
    static let sync = Sync.Configuration(target: "")
}

/// The settings of an operator; each begins with the default that Config/switchboard.yaml shows.
public struct Settings: Sendable, Equatable {
    public var server = Server()
    public var journal = Journal()
    public var session = Session()
    public var accounts: [Account] = []
    /// Whether the accounts were created by `DevelopmentAccounts`, since none are configured.
    public var hasDevelopmentAccounts = false
    /// The clients that may call `/session/start`.
    public var clients: [Client] = []
    /// The operators who may use the operators' routes.
    public var operators: [Operator] = []
    /// Whether the operator was created by `DevelopmentAccounts`, since none is configured.
    public var hasDevelopmentOperator = false
    public var supabase = Supabase()
    public var tracing = Tracing()
    public var log = Log()
    /// The file that the settings were read from; nil if there is none.
    public var file: String?
    /// The file that variables were read from, in addition to the process's; nil if there is none.
    public var environmentFile: String?
    /// Values that were read otherwise than written, for the operator to see once.
    public var notes: [SettingsProblem] = []

    public init() {}

    /// Changes the port on which the server listens, and the public URLs that follow from it; they do not follow 0, for which the system
    /// chooses a port.
    public mutating func listen(onPort port: Int) {
        let former = server.ownURL
        server.port = port
        guard port != 0, server.publicURL == former else { return }
        server.publicURL = server.ownURL
        for index in accounts.indices where accounts[index].publicURL == former { accounts[index].publicURL = server.ownURL }
    }

    public struct Server: Sendable, Equatable {
        /// The address to listen on.
        public var host = "127.0.0.1"
        public var port = 8000
        /// The address under which others reach the gateway, without a slash at its end; made of host and port if not set.
        public var publicURL: String
        /// The largest number of bytes of a request's body.
        public var bodyLimit = Defaults.receiver.bodyLimit
        /// The largest number of items in a client's batch.
        public var batchLimit = Defaults.receiver.batchLimit
        public var headerTimeout = Defaults.deadlines.header
        public var bodyTimeout = Defaults.deadlines.body
        public var idleTimeout = Defaults.deadlines.idle
        public var writeTimeout = Defaults.deadlines.write
        public var maxConnections = Defaults.limits.connections
        public var connectionsPerAddress = Defaults.limits.connectionsPerAddress
        /// The largest number of bytes of all request bodies in memory.
        public var bodyMemory = Defaults.limits.bodyMemory
        /// Requests per second from one address; 0 for no limit.
        public var addressRate = 5000
        /// Requests per second for an account without a limit of its own; 0 for no limit.
        public var accountRate = 0
        /// The largest number of open streams of `/events`.
        public var eventStreams = Defaults.receiver.eventStreams
        public var trustedProxies: [AddressRange] = []
        public var proxyHeader = TrustedProxies.Header.xForwardedFor
        /// Nil to serve plain HTTP.
        public var tls: TLSFiles?
        public var eventLoops = 1

        /// `http` or `https`.
        public var scheme: String { tls == nil ? "http" : "https" }

        /// Whether only this machine can reach the server.
        public var isLoopback: Bool { Loopback.isHost(host) }

        /// The settings from which `publicURL` follows, in words.
        public var sourceOfPublicURL: String { publicURL == ownURL ? "server.host and server.port" : "server.public_url" }

        /// The URL made of host and port.
        var ownURL: String { url(port: port) }

        /// The URL of a server that listens on `port`, which the system has chosen if the setting is 0.
        func url(port: Int) -> String { "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

        /// The URL at which a process of this machine reaches a server that listens on `port`: if the server listens on all addresses, by
        /// loopback.
        public func localURL(port: Int) -> String {
            var local = self
            local.host = ["0.0.0.0": "127.0.0.1", "::": "::1"][host] ?? host
            return local.url(port: port)
        }

        /// Whether `publicURL` names this machine, but not the address on which the server listens. Senders that use the settings, such as
        /// `replay`, would reach another server or none.
        var publicURLMissesServer: Bool { misses(port: port) }

        /// Whether `publicURL` names this machine.
        var isPublicURLLoopback: Bool {
            let host = URLComponents(string: publicURL)?.host?.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
            return host.map(Loopback.isHost) ?? false
        }

        /// The same for a server that listens on `port`.
        func misses(port: Int) -> Bool {
            guard isPublicURLLoopback, let url = URLComponents(string: publicURL), let scheme = url.scheme else { return false }
            return scheme != self.scheme || (url.port ?? (scheme == "https" ? 443 : 80)) != port
        }

        public init() {
            publicURL = ""
            publicURL = ownURL
        }
    }

    public struct Journal: Sendable, Equatable {
        public var path = ".switchboard/journal.sqlite"
        /// How long deliveries are kept for replay.
        public var keep: Duration = .seconds(30 * 86_400)
        /// The age from which deliveries are compressed.
        public var compressAfter: Duration = .seconds(86_400)
        /// The largest number of bytes of kept deliveries.
        public var maxSize = 10 << 30
        /// How long an unresolved dead letter is kept.
        public var keepDeadLetters: Duration = .seconds(90 * 86_400)
        /// The largest number of bytes of dead letters.
        public var maxDeadLetters = 256 << 20
        /// Whether some of the refused deliveries are kept too.
        public var keepRefused = false
        /// The largest number of bytes of the write-ahead log.
        public var maxLog = Int(Defaults.journal.maxLog)
        /// The most bytes that filters of keys take in memory.
        public var keyMemory = Defaults.journal.keyMemory
        /// Bytes that must be free on the journal's disk.
        public var minimumFreeSpace = Int(Defaults.journal.minimumFreeSpace)

        public init() {}
    }

    public struct Session: Sendable, Equatable {
        /// How long after the last activity a session expires.
        public var idleTimeout = Defaults.sessions.idleTimeout
        /// The idle timeouts of channels that differ from `idleTimeout`.
        public var idleTimeouts = Defaults.sessions.idleTimeouts
        /// The region of local numbers: ISO 3166-1 alpha-2.
        public var defaultRegion = Defaults.receiver.defaultRegion
        /// The channels that `/session/start` accepts, beside the channels of the accounts.
        public var channels = Channel.documented

        public init() {}
    }

    /// All channels of the accounts and of the section `session`.
    public var knownChannels: Set<Channel> {
        let ofAccounts = accounts.flatMap { AdapterRegistry.shipped.traits(of: $0.adapter)?.channels ?? [] }
        return Set(session.channels).union(session.idleTimeouts.keys).union(ofAccounts)
    }

    public struct Client: Sendable, Equatable {
        public var name: String
        /// The keys that are accepted; there may be two, so that one can replace the other.
        public var keys: [Secret]

        public init(name: String, keys: [Secret]) {
            self.name = name
            self.keys = keys
        }
    }

    public struct Operator: Sendable, Equatable {
        public var name: String
        /// The tokens that are accepted; there may be two, so that one can replace the other.
        public var tokens: [Secret]

        public init(name: String, tokens: [Secret]) {
            self.name = name
            self.tokens = tokens
        }
    }

    public struct Supabase: Sendable, Equatable {
        public var url: String?
        public var serviceRoleKey: Secret?
        /// A secret, since it contains a password.
        public var dbURL: Secret?
        /// The schema of the tables and functions.
        public var schema = SchemaName.public
        /// False keeps everything in the journal only.
        public var write = true
        /// How long a start or a token's lookup waits for the database before the journal answers.
        public var lookupTimeout = SharedSessions.defaultBudget
        /// Rows per call.
        public var batchSize = Defaults.sync.batchSize
        /// Concurrent calls.
        public var callsInFlight = Defaults.sync.inFlight

        public init() {}
    }

    public struct Tracing: Sendable, Equatable {
        /// The URL of the collector that spans are sent to; nil for no spans.
        public var endpoint: String?
        /// The part of the traces begun by this gateway that is recorded, 0 to 1.
        public var sampleRatio = 1.0
        /// Headers of each request to the collector, with names in lower case, sorted by name.
        public var headers: [Header] = []

        /// A header, which may hold a key.
        public struct Header: Sendable, Equatable {
            public var name: String
            public var value: Secret

            public init(name: String, value: Secret) {
                self.name = name
                self.value = value
            }
        }

        public init() {}
    }

    public struct Log: Sendable, Equatable {
        public var level: Logger.Level = .info
        public var format: LogFormat = .auto
        /// The bytes of lines that may wait for a slow reader; further lines are dropped.
        public var buffer = 1 << 20

        public init() {}
    }
}
