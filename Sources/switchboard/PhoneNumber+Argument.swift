import ArgumentParser
import PhoneNumbers
import SwitchboardApp

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
