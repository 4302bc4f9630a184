import JSON
import Messaging
import Supabase

/// An account as `accounts list` shows it, without secrets.
public struct AccountListing: Sendable {
    public let adapter: AdapterKind
    public let name: AccountName
    /// The complete URL of its webhook.
    public let url: String
    /// How many secrets it accepts.
    public let secretCount: Int

    /// The accounts of the settings in their order.
    public static func all(of settings: Settings) -> [AccountListing] {
        settings.accounts.map { account in
            AccountListing(
                adapter: account.adapter, name: account.name, url: "\(MaskedURL.text(account.publicURL))\(account.path)",
                secretCount: account.secrets.count)
        }
    }

    /// One JSON object.
    public var json: String {
        var writer = JSONWriter()
        writer.object { object in
            object.member("adapter", adapter.rawValue)
            object.member("name", name.rawValue)
            object.member("url", url)
            object.member("secrets", secretCount)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
