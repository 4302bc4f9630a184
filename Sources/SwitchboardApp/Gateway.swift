import Administration
import Hummingbird
import Journal
import Logging
import Messaging
import NIOCore
import NIOPosix
import Operations
import Receiver
import ServiceLifecycle
import SpanExport
import Spans
import Supabase
import Telemetry
import UnixSignals
import Watchdog

/// The gateway as one process: reads settings, and runs services until a signal arrives.
public struct Gateway: Sendable {
    let settings: Settings
    let logger: Logger
    let log: StandardErrorLog?
    let metrics: PrometheusMetrics
    let answersNoop: Bool
    private let isReadOnly: Bool
    let reread: @Sendable () throws -> Settings

    /// `log` receives the lines of `logger`; its losses are in the metrics. `metrics` is what `/metrics` shows. `answersNoop` adds the
    /// route that benchmarks compare with.
    /// With `isReadOnly` the gateway answers questions about a journal that another gateway may be using, stores nothing, and does not call
    /// the database. `reread` reads the settings again when SIGHUP asks for it; those in force stay if it throws.
    public init(
        _ settings: Settings, logger: Logger, log: StandardErrorLog? = nil, metrics: PrometheusMetrics, answersNoop: Bool = false,
        isReadOnly: Bool = false, reread: (@Sendable () throws -> Settings)? = nil
    ) {
        self.settings = settings
        self.metrics = metrics
        self.logger = logger
        self.log = log
        self.answersNoop = answersNoop
        self.isReadOnly = isReadOnly
        self.reread = reread ?? { settings }
    }

    /// Throws if the system's limits are too low to serve.
    public static func checkSystem() throws(SettingsError) { try DescriptorLimit.check() }

    /// Serves until SIGTERM or SIGINT, finishes what was accepted, and returns. `onListening` is called with the port.
    public func run(onListening: @escaping @Sendable (Int) async -> Void) async throws {
        let adapters = try AdapterRegistry.shipped.makeAdapters(for: settings.accounts)
        let journal = try Journal(journalConfiguration, metrics: metrics, logger: logger)
        let exporter = try SpanExporter(settings.tracing, metrics: metrics, logger: logger)
        let spans = exporter.map { Spans($0.tracer) } ?? .off
        let persistence = try isReadOnly ? nil : Persistence(settings, journal: journal, metrics: metrics, spans: spans, logger: logger)
        warn(of: settings)
        let identity = try settings.server.tls.map { try TLSIdentity($0) }
        let edge = Edge(limits, metrics: metrics, spans: spans, logger: logger)
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: settings.server.eventLoops)
        // With --read-only nothing is received, and the file belongs to the gateway that receives.
        let traffic = isReadOnly ? nil : TrafficWatch(besideJournal: settings.journal.path, logger: logger)
        Build.show(in: metrics)
        let history = TrafficSeries(metrics, persistence: persistence?.probe(of: journal))
        let startedAt = Instant.now
        let watched = traffic?.traffic ?? AccountTraffic()
        // Made again by a reload, with the settings of then.
        let administration = { @Sendable (settings: Settings, adapters: ConfiguredAdapters) in
            Administration(
                settings, journal: journal, adapters: adapters, persistence: persistence?.probe(of: journal), traffic: watched,
                metrics: metrics, history: history, log: log, startedAt: startedAt)
        }
        let routes = CurrentRoutes(
            receiver(over: journal, adapters, persistence, edge, identity, watched, administration(settings, adapters)))
        let systemd = ServiceNotification()
        let server = Application(
            responder: routes,
            server: .gateway(
                deadlines, edge: edge, bodyLimit: settings.server.bodyLimit, webhooks: routes.directWebhooks, tls: identity),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.server.host, port: settings.server.port), serverName: nil),
            onServerRunning: { channel in
                // Fails if the channel is already closed because the gateway stops.
                try? await edge.admit(connectionsOf: channel)
                await onListening(channel.localAddress?.port ?? settings.server.port)
                systemd.ready()
            },
            eventLoopGroupProvider: .shared(loops), logger: logger)
        // Services stop in reverse order: first requests, then the sync, then the journal that both write to, then the spans of them all.
        let waiting = persistence.map { WaitingRows(journal, target: $0.sync.configuration.target) }
        let carriers: [any Service] = persistence.map { [$0.sync, $0.inquiry] } ?? []
        let certificates: [any Service] = identity.map { [CertificateWatch($0, logger: logger)] } ?? []
        let watches: [any Service] = traffic.map { [$0] } ?? []
        let exporters: [any Service] = exporter.map { [$0] } ?? []
        let stores: [any Service] = [watchdog(over: loops, journal), journal] + (waiting.map { [$0] } ?? [])
        let services = exporters + stores + carriers + certificates + watches + [history, server]
        let signal = await StopSignal()
        let listeners: [any Service] = [await reload(of: routes, journal, identity, systemd, administration), signal]
        var configuration = ServiceGroupConfiguration(
            services: services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
                + listeners.map {
                    ServiceGroupConfiguration.ServiceConfiguration(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
                }, logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(20)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            try journal.close()
            try await loops.shutdownGracefully()
            throw ListeningError(error, settings.server) ?? error
        }
        try await loops.shutdownGracefully()
        logger.stopped(by: signal.received, waiting: waiting?.count)
    }

    private func watchdog(over loops: MultiThreadedEventLoopGroup, _ journal: Journal) -> Watchdog {
        let watched = loops.makeIterator().enumerated().map { index, loop in WatchedLoop(name: "\(index)") { loop.execute($0) } }
        return Watchdog(journal.board, loops: watched, logger: logger)
    }

    private var journalConfiguration: Journal.Configuration {
        var configuration = Journal.Configuration(
            path: settings.journal.path, adapters: AdapterRegistry.shipped.traits,
            sessions: SessionPolicy(idleTimeout: settings.session.idleTimeout, idleTimeouts: settings.session.idleTimeouts),
            portfolios: settings.portfolios, minimumFreeSpace: Int64(settings.journal.minimumFreeSpace), keep: settings.journal.keep,
            compressAfter: settings.journal.compressAfter, maxSize: Int64(settings.journal.maxSize),
            keepDeadLetters: settings.journal.keepDeadLetters, maxDeadLetters: Int64(settings.journal.maxDeadLetters),
            keepRefused: settings.journal.keepRefused, syncTarget: PersistencePlan(settings.supabase).target,
            keyMemory: settings.journal.keyMemory, maxLog: Int64(settings.journal.maxLog), access: isReadOnly ? .readOnly : .claimed)
        configuration.clockPatience = .seconds(86_400)
        return configuration
    }

    private var lostLogLines: LogProbe? {
        guard let log else { return nil }
        return { log.lostLogLines }
    }

    private var deadlines: ConnectionDeadlines {
        ConnectionDeadlines(
            header: settings.server.headerTimeout, body: settings.server.bodyTimeout, idle: settings.server.idleTimeout,
            write: settings.server.writeTimeout)
    }

    private var limits: Edge.Limits {
        let server = settings.server
        return Edge.Limits(
            connections: DescriptorLimit.raise(for: server.maxConnections, logger: logger),
            connectionsPerAddress: server.connectionsPerAddress, bodyMemory: server.bodyMemory,
            addressRate: server.addressRate == 0 ? nil : server.addressRate,
            trustedProxies: TrustedProxies(server.trustedProxies, header: server.proxyHeader))
    }

    private func receiver(
        over journal: Journal, _ adapters: ConfiguredAdapters, _ persistence: Persistence?, _ edge: Edge, _ identity: TLSIdentity?,
        _ traffic: AccountTraffic, _ administration: Administration
    ) -> Receiver {
        Receiver(
            journal: journal, endpoints: endpoints(of: settings, adapters), configuration: receiverConfiguration(of: settings),
            sessions: persistence?.sessions, persistence: persistence?.probe(of: journal), log: lostLogLines, edge: edge,
            identity: identity, traffic: traffic, operatorRoutes: administration.add)
    }

    /// Logs what an operator should see once.
    func warn(of settings: Settings) {
        for note in settings.notes {
            logger.warning("a setting should be checked", metadata: ["setting": "\(note.path)", "reason": "\(note.reason)"])
        }
        for finding in PersistenceRule.keyFindings(of: PersistencePlan(settings.supabase), at: .now) where finding.level == .fail {
            logger.error(
                "Supabase will reject the configured key",
                metadata: ["setting": "\(finding.check)", "reason": "\(finding.message)", "advice": "\(finding.advice ?? "")"])
        }
        for finding in SettingsFileRules(settings).findings {
            logger.warning(
                "other users can read or change the gateway's settings or secrets",
                metadata: ["reason": "\(finding.message)", "advice": "\(finding.advice ?? "")"])
        }
        for finding in OwnershipRule.findings(of: settings.journal.path) {
            logger.warning(
                "files of the journal belong to another user",
                metadata: ["reason": "\(finding.message)", "advice": "\(finding.advice ?? "")"])
        }
        if settings.hasDevelopmentAccounts {
            logger.warning(
                "accounts for development are in use, since the settings have none",
                metadata: [
                    "settings.file": "\(settings.file ?? "")", "accounts.file": "\(DevelopmentAccounts.path(for: settings))",
                    "accounts.operator": .stringConvertible(settings.hasDevelopmentOperator),
                ])
        }
        let unused = DevelopmentAccounts.unused(by: settings)
        if !unused.accounts.isEmpty || !unused.operators.isEmpty {
            logger.warning(
                "accounts for development are no longer in use, since the settings have accounts",
                metadata: [
                    "accounts.unused": .array(unused.accounts.map { "\($0)" }),
                    "operators.unused": .array(unused.operators.map { "\($0)" }),
                    "accounts.file": "\(DevelopmentAccounts.path(for: settings))",
                    "advice": "add to accounts and operators what is still needed, and delete the file",
                ])
        }
        if settings.clients.isEmpty {
            let who = settings.server.isLoopback ? "anyone on this machine may start sessions" : "nobody may start sessions"
            logger.warning("no client keys are configured", metadata: ["consequence": "\(who)", "setting": "clients"])
        }
    }
}
