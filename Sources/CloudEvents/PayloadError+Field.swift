import JSON
import Messaging

extension PayloadError {
    static func field(_ path: String, _ reason: String) -> PayloadError { PayloadError(.field, field: path, reason: reason) }

    /// The same error of one item in a batch: `[2].data.phone`.
    func inItem(_ index: Int) -> PayloadError {
        PayloadError(code, field: field.map { "[\(index)].\($0)" } ?? "[\(index)]", reason: reason)
    }
}

extension JSON {
    /// The member as text; throws where it is absent, empty or something else.
    func requiredString(_ name: StaticString) throws(PayloadError) -> String {
        guard self[name].isPresent else { throw .field("\(name)", "is missing") }
        guard let text = self[name].string, !text.isEmpty else { throw .field("\(name)", "must be a non-empty string") }
        return text
    }

    /// The member as text, nil where it is absent or null; throws where it is something else.
    func optionalString(_ name: StaticString) throws(PayloadError) -> String? {
        guard self[name].isPresent else { return nil }
        guard let text = self[name].string else { throw .field("\(name)", "must be a string") }
        return text
    }
}
