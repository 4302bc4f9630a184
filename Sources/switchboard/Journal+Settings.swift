import Journal
import SwitchboardApp

extension Journal.Configuration {
    /// A journal that is written to by hand: with the gateway's rules of sessions, at the settings' path or another.
    init(_ settings: Settings, path: String) {
        self.init(
            path: path, sessions: SessionPolicy(idleTimeout: settings.session.idleTimeout, idleTimeouts: settings.session.idleTimeouts))
    }
}
