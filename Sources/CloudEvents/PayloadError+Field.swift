import JSON
import Messaging

extension PayloadError {
    static func field(_ path: String, _ reason: String) -> PayloadError { PayloadError(.field, field: path, reason: reason) }

    /// The same error for an item of a batch: `[2].data.phone`.
    func inItem(_ index: Int) -> PayloadError {
        PayloadError(code, field: field.map { "[\(index)].\($0)" } ?? "[\(index)]", reason: reason)
    }
}

extension JSON {
    /// The member's text; throws if it is absent, empty or not a string.
    func requiredString(_ name: StaticString) throws(PayloadError) -> String {
        guard self[name].isPresent else { throw .field("\(name)", "is missing") }
        guard let text = self[name].string, !text.isEmpty else { throw .field("\(name)", "must be a non-empty string") }
        return text
    }

    /// The member's text; nil if absent or null; throws if it is not a string.
    func optionalString(_ name: StaticString) throws(PayloadError) -> String? {
        guard self[name].isPresent else { return nil }
        guard let text = self[name].string else { throw .field("\(name)", "must be a string") }
        return text
    }
}
