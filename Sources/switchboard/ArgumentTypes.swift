import ArgumentParser
import Foundation
import Messaging
import PhoneNumbers
import SwitchboardApp

extension Identifier: ExpressibleByArgument {
    /// The usual 36 characters.
    public init?(argument: String) { self.init(argument) }
}

extension Instant: ExpressibleByArgument {
    /// RFC 3339.
    public init?(argument: String) { self.init(rfc3339: argument) }
}

/// Where a gateway is reached: an http or https URL, or host and port alone, as curl takes it.
enum GatewayURL {
    /// What is wrong with `--to`; nil where nothing is. Whatever would post to it would say the same of each capture.
    static func fault(of text: String) -> String? {
        guard !text.contains("://") || ["http://", "https://"].contains(where: text.lowercased().hasPrefix) else {
            return "--to: \(text) is no http or https URL"
        }
        let whole = text.contains("://") ? text : "http://\(text)"
        guard let parts = URLComponents(string: whole, encodingInvalidCharacters: false), let host = parts.host, !host.isEmpty,
            parts.port.map({ (1...65_535).contains($0) }) ?? true
        else { return "--to: \(text) is no URL such as https://hooks.example.com or http://127.0.0.1:8000" }
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
