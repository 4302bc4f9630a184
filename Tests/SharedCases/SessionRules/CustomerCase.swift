import Foundation
import JSON
import Testing

/// A case of `Tests/SessionRules/customers.json`: whether a text is the id of a customer.
public struct CustomerCase: Sendable, CustomTestStringConvertible {
    /// The posted `customer_id`.
    public let id: String
    /// Whether it is the id of a customer.
    public let namesSomebody: Bool

    public var testDescription: String { id }

    /// The id as a JSON string.
    public var json: String {
        var writer = JSONWriter()
        writer.string(id)
        return writer.text
    }

    /// All cases, in the order of the file.
    public static func all() throws -> [CustomerCase] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../SessionRules/customers.json").path
        return try JSON(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path)))).elements.map { json in
            guard let id = json["customer"].string, let namesSomebody = json["names_somebody"].bool else {
                throw RuleProblem("a case that cannot be read: \(json.text ?? "")")
            }
            return CustomerCase(id: id, namesSomebody: namesSomebody)
        }
    }
}
