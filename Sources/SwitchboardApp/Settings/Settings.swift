import Logging
import Messaging
import Receiver

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
    /// What was taken otherwise than it is written, for an operator to see once.
    public var notes: [SettingsProblem] = []

    public init() {}

    public struct Server: Sendable, Equatable {
        /// The address to listen on.
        public var host = "127.0.0.1"
        public var port = 8000
        /// How the outside reaches us, without a slash at its end; from host and port where it is not set.
        public var publicURL = "http://127.0.0.1:8000"
        /// Bytes of a request's body.
        public var bodyLimit = 4 << 20
        /// Items of a client's batch.
        public var batchLimit = 1000
        public var headerTimeout: Duration = .seconds(10)
        public var bodyTimeout: Duration = .seconds(30)
        public var idleTimeout: Duration = .seconds(60)
        public var writeTimeout: Duration = .seconds(30)
        public var maxConnections = 10_000
        public var connectionsPerAddress = 1000
        /// Bytes of request bodies that are held at once.
        public var bodyMemory = 256 << 20
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

        public init() {}
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
        public var maxLog = 4 << 30
        /// Bytes that must be free on the journal's disk.
        public var minimumFreeSpace = 256 << 20

        public init() {}
    }

    public struct Session: Sendable, Equatable {
        /// How long after the last activity a session expires.
        public var idleTimeout: Duration = .seconds(86_400)
        /// Where a channel differs from `idleTimeout`.
        public var idleTimeouts: [Channel: Duration] = [:]
        /// Where local numbers belong: ISO 3166-1 alpha-2.
        public var defaultRegion = "IN"

        public init() {}
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
        /// False keeps everything in the journal alone.
        public var write = true
        /// How long a start or a token look-up waits for the database before the journal answers.
        public var lookupTimeout: Duration = .seconds(2)
        /// Rows a call.
        public var batchSize = 100
        /// Calls at a time.
        public var callsInFlight = 4

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
