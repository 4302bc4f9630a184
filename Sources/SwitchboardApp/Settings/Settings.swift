import Foundation
import Journal
import Logging
import Messaging
import Receiver
import Supabase

/// The parts of the gateway as they are without settings: a default that a part has is written down there alone.
private enum Defaults {
    static let limits = Edge.Limits()
    static let deadlines = ConnectionDeadlines()
    static let receiver = Receiver.Configuration(clients: ClientKeys([], isOpen: false))
    static let journal = Journal.Configuration(path: "")
    static let sessions = SessionPolicy()
    static let sync = Sync.Configuration(target: "")
}

/// What an operator decides; every member starts as the default that Config/switchboard.yaml shows.
public struct Settings: Sendable, Equatable {
    public var server = Server()
    public var journal = Journal()
    public var session = Session()
    public var accounts: [Account] = []
    /// Whether the accounts were made by `DevelopmentAccounts`, since none are configured.
    public var hasDevelopmentAccounts = false
    /// Who may call `/session/start`.
    public var clients: [Client] = []
    public var operators: [Operator] = []
    public var supabase = Supabase()
    public var log = Log()
    /// The file that they were read from; nil where there is none.
    public var file: String?
    /// The file that variables were read from, beside those of the process; nil where there is none.
    public var environmentFile: String?
    /// What was taken otherwise than it is written, for an operator to see once.
    public var notes: [SettingsProblem] = []

    public init() {}

    public struct Server: Sendable, Equatable {
        /// The address to listen on.
        public var host = "127.0.0.1"
        public var port = 8000
        /// How the outside reaches us, without a slash at its end; from host and port where it is not set.
        public var publicURL: String
        /// Bytes of a request's body.
        public var bodyLimit = Defaults.receiver.bodyLimit
        /// Items of a client's batch.
        public var batchLimit = Defaults.receiver.batchLimit
        public var headerTimeout = Defaults.deadlines.header
        public var bodyTimeout = Defaults.deadlines.body
        public var idleTimeout = Defaults.deadlines.idle
        public var writeTimeout = Defaults.deadlines.write
        public var maxConnections = Defaults.limits.connections
        public var connectionsPerAddress = Defaults.limits.connectionsPerAddress
        /// Bytes of request bodies that are held at once.
        public var bodyMemory = Defaults.limits.bodyMemory
        /// Requests a second of one address; 0 for any number.
        public var addressRate = 5000
        /// Requests a second of an account that does not say its own; 0 for any number.
        public var accountRate = 0
        public var trustedProxies: [AddressRange] = []
        public var proxyHeader = TrustedProxies.Header.xForwardedFor
        /// Nil serves plain HTTP.
        public var tls: TLSFiles?
        public var eventLoops = 1

        /// `http` or `https`.
        public var scheme: String { tls == nil ? "http" : "https" }

        /// Whether only this machine can reach the server.
        public var isLoopback: Bool { Loopback.isHost(host) }

        /// The URL of host and port.
        var ownURL: String { url(port: port) }

        /// The URL of a server that listens on `port`, which the system chose where the settings name 0.
        func url(port: Int) -> String { "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

        /// Whether `publicURL` names this machine and is not where the server listens. What posts to it by the settings, as `replay` does, would
        /// reach another server or none.
        var publicURLMissesServer: Bool { misses(port: port) }

        /// Whether `publicURL` names this machine.
        var isPublicURLLoopback: Bool {
            let host = URLComponents(string: publicURL)?.host?.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
            return host.map(Loopback.isHost) ?? false
        }

        /// The same of a server that listens on `port`.
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
        /// From what age on deliveries are compressed.
        public var compressAfter: Duration = .seconds(86_400)
        /// The most bytes that kept deliveries may take.
        public var maxSize = 10 << 30
        /// How long a dead letter that nobody has resolved is kept.
        public var keepDeadLetters: Duration = .seconds(90 * 86_400)
        /// The most bytes that dead letters may take.
        public var maxDeadLetters = 256 << 20
        /// Whether refused deliveries are kept too, some of them.
        public var keepRefused = false
        /// The most bytes that the write-ahead log may take.
        public var maxLog = Int(Defaults.journal.maxLog)
        /// Bytes that must be free on the journal's disk.
        public var minimumFreeSpace = Int(Defaults.journal.minimumFreeSpace)

        public init() {}
    }

    public struct Session: Sendable, Equatable {
        /// How long after the last activity a session expires.
        public var idleTimeout = Defaults.sessions.idleTimeout
        /// Where a channel differs from `idleTimeout`.
        public var idleTimeouts = Defaults.sessions.idleTimeouts
        /// Where local numbers belong: ISO 3166-1 alpha-2.
        public var defaultRegion = Defaults.receiver.defaultRegion
        /// What `/session/start` may name as a channel, beside the channels of the accounts.
        public var channels = Channel.documented

        public init() {}
    }

    /// The channels that somebody knows: those of the accounts and of the section `session`.
    public var knownChannels: Set<Channel> {
        let ofAccounts = accounts.flatMap { AdapterRegistry.shipped.traits(of: $0.adapter)?.channels ?? [] }
        return Set(session.channels).union(session.idleTimeouts.keys).union(ofAccounts)
    }

    public struct Client: Sendable, Equatable {
        public var name: String
        public var key: Secret

        public init(name: String, key: Secret) {
            self.name = name
            self.key = key
        }
    }

    public struct Operator: Sendable, Equatable {
        public var name: String
        public var token: Secret

        public init(name: String, token: Secret) {
            self.name = name
            self.token = token
        }
    }

    public struct Supabase: Sendable, Equatable {
        public var url: String?
        public var serviceRoleKey: Secret?
        /// A secret because it holds a password.
        public var dbURL: Secret?
        /// Where the tables and functions are.
        public var schema = SchemaName.public
        /// False keeps everything in the journal alone.
        public var write = true
        /// How long a start or a token look-up waits for the database before the journal answers.
        public var lookupTimeout = SharedSessions.defaultBudget
        /// Rows a call.
        public var batchSize = Defaults.sync.batchSize
        /// Calls at a time.
        public var callsInFlight = Defaults.sync.inFlight

        public init() {}
    }

    public struct Log: Sendable, Equatable {
        public var level: Logger.Level = .info
        public var format: LogFormat = .auto
        /// Bytes of lines that wait where nobody reads them fast enough; beyond it lines are dropped.
        public var buffer = 1 << 20

        public init() {}
    }
}
