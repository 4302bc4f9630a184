import ArgumentParser
import Foundation
import Messaging
import PhoneNumbers
import SwitchboardApp

extension Identifier: ExpressibleByArgument {
    /// The usual 36 characters.
    public init?(argument: String) { self.init(argument) }
}

extension Identifier {
    /// As `init?(argument:)`; throws, for anything else, which verb shows the ids.
    static func parser(shownBy verb: String) -> @Sendable (String) throws -> Self {
        { text in
            guard let id = Self(text) else { throw ValidationError("`switchboard \(verb)` shows the ids") }
            return id
        }
    }
}

/// Where a gateway is reached: an http or https URL, or host and port alone, as curl takes it.
enum GatewayURL {
    /// What is wrong with `--to`; nil where nothing is. Whatever would post to it would say the same of each capture.
    static func fault(of text: String) -> String? {
        let hasScheme = text.contains("://")
        guard !hasScheme || ["http://", "https://"].contains(where: text.lowercased().hasPrefix) else {
            return "--to: “\(text)” is not an http or https URL"
        }
        let whole = hasScheme ? text : "http://\(text)"
        guard let parts = URLComponents(string: whole, encodingInvalidCharacters: false), let host = parts.host, !host.isEmpty,
            parts.port.map({ (1...65_535).contains($0) }) ?? true,
            // A single word is rather a slip than a host.
            hasScheme || parts.port != nil || host == "localhost" || host.contains(".") || host.contains(":")
        else { return "--to: “\(text)” is not a gateway's URL; write one such as http://127.0.0.1:8000 or https://hooks.example.com" }
        return nil
    }
}

extension PhoneNumber {
    /// The number of `--phone`, a local one in the default region of the settings.
    init(argument text: String, _ settings: Settings) throws(ValidationError) {
        do throws(PhoneNumberError) {
            try self.init(reading: text, region: settings.session.defaultRegion)
        } catch {
            throw ValidationError("--phone: “\(text)” \(error.reason)")
        }
    }
}
