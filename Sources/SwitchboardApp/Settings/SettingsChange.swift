import Messaging

/// What a running gateway makes of new settings. This is the only place that decides what a reload applies: the keys that `apply` copies.
/// All other keys, also ones added later, need a restart and are found by comparing the settings in force with the new ones.
struct SettingsChange: Equatable {
    /// The settings in force after the reload.
    private(set) var settings: Settings
    /// The keys of sections whose new values are in force: `server.batch_limit`.
    private(set) var appliedKeys: [String] = []
    /// The keys whose new values only a restart applies: `server.port`.
    private(set) var keysOfRestart: [String] = []

    /// Throws if the new settings have no accounts, or no clients, where the gateway has some.
    init(from current: Settings, to new: Settings) throws(SettingsError) {
        // An empty or half-written file must not replace the accounts of a business by accounts for development, nor open `/session/start` to
        // everybody on this machine.
        let losesAccounts = new.accounts.isEmpty ? !current.accounts.isEmpty : new.hasDevelopmentAccounts && !current.hasDevelopmentAccounts
        let losesClients = new.clients.isEmpty && !current.clients.isEmpty
        let emptied = [losesAccounts ? "accounts" : nil, losesClients ? "clients" : nil].compactMap(\.self)
        guard emptied.isEmpty else {
            throw SettingsError(
                source: new.file,
                problems: emptied.map { key in
                    SettingsProblem(path: key, reason: "is empty, and a reload does not remove all \(key): name some, or restart without")
                })
        }
        settings = current
        apply(new)
        appliedKeys = Self.differences(current, settings).filter { $0.contains(".") }
        keysOfRestart = Self.differences(settings, withoutDerived(new))
    }

    private mutating func apply(_ new: Settings) {
        settings.accounts = new.accounts
        settings.hasDevelopmentAccounts = new.hasDevelopmentAccounts
        settings.clients = new.clients
        settings.operators = new.operators
        settings.hasDevelopmentOperator = new.hasDevelopmentOperator
        settings.server.batchLimit = new.server.batchLimit
        settings.server.accountRate = new.server.accountRate
        settings.server.eventStreams = new.server.eventStreams
        settings.session.defaultRegion = new.session.defaultRegion
        settings.session.channels = new.session.channels
        settings.log.level = new.log.level
        settings.file = new.file
        settings.environmentFile = new.environmentFile
        settings.notes = new.notes
        // A server begins or ends TLS only with its listening socket, but may use other files.
        if settings.server.tls != nil, let files = new.server.tls { settings.server.tls = files }
        applyPublicURL(of: new)
    }

    /// A public URL that follows from host and port changes only with them.
    private mutating func applyPublicURL(of new: Settings) {
        guard new.server.publicURL == new.server.ownURL else {
            settings.server.publicURL = new.server.publicURL
            return
        }
        settings.server.publicURL = settings.server.ownURL
        for index in settings.accounts.indices where settings.accounts[index].publicURL == new.server.publicURL {
            settings.accounts[index].publicURL = settings.server.publicURL
        }
    }

    /// The new settings with the values that follow from other keys as they are in force.
    private func withoutDerived(_ new: Settings) -> Settings {
        var new = new
        new.server.publicURL = settings.server.publicURL
        new.accounts = settings.accounts
        return new
    }

    /// The keys in which two settings differ, in the order of the file.
    private static func differences(_ one: Settings, _ other: Settings) -> [String] {
        zip(Mirror(reflecting: one).children, Mirror(reflecting: other).children).flatMap { one, other -> [String] in
            let name = key(one.label)
            guard Mirror(reflecting: one.value).displayStyle == .struct else { return areEqual(one.value, other.value) ? [] : [name] }
            let values = zip(Mirror(reflecting: one.value).children, Mirror(reflecting: other.value).children)
            return values.compactMap { areEqual($0.value, $1.value) ? nil : "\(name).\(key($0.label))" }
        }
    }

    /// The key of a property: `public_url` of `publicURL`.
    private static func key(_ property: String?) -> String {
        let property = property ?? ""
        if let name = otherNames[property] { return name }
        var key = ""
        for character in property {
            if character.isUppercase, key.last?.isUppercase == false { key.append("_") }
            key.append(character)
        }
        return key.lowercased()
    }

    private static let otherNames = ["minimumFreeSpace": "min_free_space"]

    private static func areEqual(_ one: Any, _ other: Any) -> Bool {
        switch (contents(of: one), contents(of: other)) {
        case (nil, nil): return true
        case (let one?, let other?):
            guard let one = one as? any Equatable else { return false }
            return isEqual(one, other)
        default: return false
        }
    }

    private static func isEqual<Value: Equatable>(_ one: Value, _ other: Any) -> Bool { other as? Value == one }

    /// The value in an optional; nil if there is none.
    private static func contents(of value: Any) -> Any? {
        let mirror = Mirror(reflecting: value)
        return mirror.displayStyle == .optional ? mirror.children.first?.value : value
    }
}
