public import JSON
public import Journal
import Messaging

// `JournalReader.operatorActions` lists them.
extension OperatorAction: Presentable {
    /// Writes the action; its outcome is null while it runs, and if the gateway ended before it did.
    public func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("at", at.description)
            object.member("operator", self.operator)
            object.member("action", action)
            object.member("target", target)
            object.member("outcome", orNull: outcome)
            object.member("address", orNull: address)
        }
    }
}

extension JournalReader {
    /// What operators did, the latest first, before the action with a number.
    public func auditPage(before number: Int64 = .max, limit: Int) async throws(JournalError) -> Page<OperatorAction> {
        let actions = try await operatorActions(before: number, limit: limit)
        return Page(items: actions, next: actions.count == limit ? actions.last.map { "\($0.number)" } : nil)
    }
}
