import Relay

extension Sync {
    /// Batch sizes, limits and intervals of the sync.
    public struct Configuration: Sendable {
        /// The database's name in the journal, which stores a position per name: its URL without credentials.
        public var target: String
        /// Rows per call.
        public var batchSize: Int
        /// Concurrent calls.
        public var inFlight: Int
        /// The longest time of a call.
        public var callTimeout: Duration
        public var backoff: BackoffPolicy
        /// How long commits are collected after one was noticed, for fuller calls. The first commit after a pause is sent at once.
        public var linger: Duration
        /// The interval at which the database is called to expire sessions.
        public var sweepInterval: Duration

        /// By default four concurrent batches of 100 rows.
        public init(
            target: String, batchSize: Int = 100, inFlight: Int = 4, callTimeout: Duration = .seconds(20),
            backoff: BackoffPolicy = BackoffPolicy(), linger: Duration = .milliseconds(50), sweepInterval: Duration = .seconds(20)
        ) {
            self.target = target
            self.batchSize = batchSize
            self.inFlight = inFlight
            self.callTimeout = callTimeout
            self.backoff = backoff
            self.linger = linger
            self.sweepInterval = sweepInterval
        }
    }
}
