import HTTPTransport
import Messaging
import Operations
import Supabase

extension Doctor {
    /// Why nothing arrives at the accounts: what their providers say, and how far a trial delivery to their public URL comes. With several
    /// accounts, each message begins with the account's.
    public static func findings(of accounts: [Account]) async throws -> [Finding] {
        let transport = try HTTPTransport()
        defer { transport.shutdown() }
        var findings: [Finding] = []
        for account in accounts {
            let adapter = try AdapterRegistry.shipped.makeAdapter(for: account)
            for var finding in await AccountExamination(account, adapter: adapter, transport: transport).findings() {
                if accounts.count > 1 { finding.message = "\(account.adapter)/\(account.name): \(finding.message)" }
                findings.append(finding)
            }
        }
        return [Finding.Level.fail, .warn, .ok].flatMap { level in findings.filter { $0.level == level } }
    }
}
