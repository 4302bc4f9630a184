import ArgumentParser
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
