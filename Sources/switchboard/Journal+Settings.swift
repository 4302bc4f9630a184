import Journal
import Messaging
import SwitchboardApp

extension Journal.Configuration {
    /// A journal that is written to by hand: with the gateway's rules of sessions, at the settings' path or another. Its pages have room, since
    /// a million captures touch the indexes all over.
    init(_ settings: Settings, path: String) {
        self.init(
            path: path, adapters: AdapterRegistry.shipped.traits,
            sessions: SessionPolicy(idleTimeout: settings.session.idleTimeout, idleTimeouts: settings.session.idleTimeouts),
            pageCache: 40 << 20)
    }
}
