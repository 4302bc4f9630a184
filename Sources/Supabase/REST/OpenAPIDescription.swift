import JSON
import Relay

/// PostgREST's description of the tables that the key may see, and of their columns.
public struct OpenAPIDescription: Sendable {
    private let definitions: JSON

    /// Reads PostgREST's OpenAPI 2.0.
    init(_ body: [UInt8]) throws(CallFailure) {
        do throws(JSONError) {
            definitions = try JSON(parsing: body)["definitions"]
        } catch {
            throw CallFailure(
                .pause, code: "malformed", message: "the API's description is not JSON: \(error)", shape: AnswerShape(body).description)
        }
    }

    /// The type of each column of a table, by PostgreSQL's name (`timestamp with time zone`); nil if the table is not shown.
    public func columns(of table: String) -> [String: String]? {
        let properties = definitions[named: table]["properties"]
        guard properties.isPresent else { return nil }
        return Dictionary(properties.members.map { ($0.key, $0.value["format"].string ?? "") }) { first, _ in first }
    }
}
