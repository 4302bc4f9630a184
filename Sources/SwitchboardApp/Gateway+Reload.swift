import Administration
import Journal
import Messaging
import Receiver

// What a reload of the settings replaces in a running gateway.
extension Gateway {
    /// The service that reloads the settings on SIGHUP.
    func reload(
        of routes: CurrentRoutes, _ journal: Journal, _ identity: TLSIdentity?, _ systemd: ServiceNotification,
        _ administration: @escaping @Sendable (Settings, ConfiguredAdapters) -> Administration
    ) async -> SettingsReload {
        await SettingsReload(
            settings, counts: ReloadCounts(metrics, at: .now), systemd: systemd, logger: logger, read: reread,
            apply: { try apply($0, to: routes, journal, identity, administration) })
    }

    /// Puts settings into force. Everything that can fail comes first.
    private func apply(
        _ settings: Settings, to routes: CurrentRoutes, _ journal: Journal, _ identity: TLSIdentity?,
        _ administration: @Sendable (Settings, ConfiguredAdapters) -> Administration
    ) throws {
        let adapters = try AdapterRegistry.shipped.makeAdapters(for: settings.accounts)
        if let identity, let files = settings.server.tls { try identity.replace(by: files) }
        // An account's events are stored by its portfolio.
        journal.replacePortfolios(by: settings.portfolios)
        routes.replace(
            endpoints(of: settings, adapters), receiverConfiguration(of: settings), operatorRoutes: administration(settings, adapters).add)
        log?.replaceLevel(by: settings.log.level)
        warn(of: settings)
    }

    /// The accounts with their adapters.
    func endpoints(of settings: Settings, _ adapters: ConfiguredAdapters) -> Endpoints {
        Endpoints(
            settings.accounts.compactMap { account in
                adapters[account.adapter, account.name].map { (account: account, adapter: $0) }
            })
    }

    /// What the settings say about the routes.
    func receiverConfiguration(of settings: Settings) -> Receiver.Configuration {
        Receiver.Configuration(
            bodyLimit: settings.server.bodyLimit, batchLimit: settings.server.batchLimit,
            clients: ClientKeys(settings.clients.flatMap(\.keys), isOpen: settings.server.isLoopback),
            operators: OperatorTokens(settings.operators.map { ($0.name, $0.tokens) }), defaultRegion: settings.session.defaultRegion,
            channels: settings.knownChannels, eventStreams: settings.server.eventStreams, answersNoop: answersNoop)
    }
}
