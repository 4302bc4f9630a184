import ArgumentParser
import Foundation
import Messaging
import PhoneNumbers
import SwitchboardApp

extension Identifier: ExpressibleByArgument {
    /// Reads the usual 36 characters.
    public init?(argument: String) { self.init(argument) }
}

extension Identifier {
    /// Like `init?(argument:)`; for any other text it throws an error that names the verb which shows the ids.
    static func parser(shownBy verb: String) -> @Sendable (String) throws -> Self {
        { text in
            guard let id = Self(text) else { throw ValidationError("`switchboard \(verb)` shows the ids") }
            return id
        }
    }
}

/// A gateway's address: an http or https URL, or host and port, as curl accepts it.
enum GatewayURL {
    /// What help texts say of a missing `--to`.
    static let byDefault = "server.public_url of the settings; if it is not set, the address of server.host and server.port"

    /// What is wrong with `--to`; nil if nothing is. It is checked once, since otherwise every capture would fail for the same reason.
    static func fault(of text: String) -> String? {
        let hasScheme = text.contains("://")
        guard !hasScheme || ["http://", "https://"].contains(where: text.lowercased().hasPrefix) else {
            return "--to: “\(text)” is not an http or https URL"
        }
        let whole = hasScheme ? text : "http://\(text)"
        guard let parts = URLComponents(string: whole, encodingInvalidCharacters: false), let host = parts.host, !host.isEmpty,
            parts.port.map({ (1...65_535).contains($0) }) ?? true,
            // A single word is more likely a typing error than a host.
            hasScheme || parts.port != nil || host == "localhost" || host.contains(".") || host.contains(":")
        else { return "--to: “\(text)” is not a gateway's URL; write one such as http://127.0.0.1:8000 or https://hooks.example.com" }
        return nil
    }
}

extension PhoneNumber {
    /// The number of `--phone`; a local number is read in the settings' default region.
    init(argument text: String, _ settings: Settings) throws(ValidationError) {
        do throws(PhoneNumberError) {
            try self.init(reading: text, region: settings.session.defaultRegion)
        } catch {
            throw ValidationError("--phone: “\(text)” \(error.reason)")
        }
    }
}
