import Messaging
import Testing
import WhatsAppCloud

@Suite("Messages that are placeholders")
struct PlaceholderTests {
    private func marks(_ value: String) throws -> Bool {
        let body = #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":\#(value)}]}]}"#
        guard case .message(let message)? = try WhatsAppCloudAdapter(account: .testing).events(in: .testing(body)).first?.content else {
            Issue.record("no message")
            return false
        }
        return WhatsAppCloudAdapter.traits.placeholders.mark(type: message.type.rawValue, content: message.content)
    }

    @Test(
        "A file from the history and an unavailable message are placeholders for a later message",
        arguments: [
            #"{"history":[{"threads":[{"id":"9","messages":[{"id":"wamid.1","type":"media_placeholder","timestamp":"1"}]}]}]}"#,
            #"{"messages":[{"id":"wamid.1","from":"9","type":"unsupported","errors":[{"code":131060,"title":"Not available"}]}]}"#,
            #"{"message_echoes":[{"id":"wamid.1","to":"9","type":"unsupported","errors":[{"code":131060}]}]}"#,
        ])
    func placeholders(value: String) throws {
        #expect(try marks(value))
    }

    @Test(
        "No other message is a placeholder, whatever its type or error",
        arguments: [
            #"{"messages":[{"id":"wamid.1","from":"9","type":"unsupported","errors":[{"code":131051}]}]}"#,
            #"{"messages":[{"id":"wamid.1","from":"9","type":"brand_new"}]}"#,
            #"{"messages":[{"id":"wamid.1","from":"9","type":"text","text":{"body":"Hi"},"errors":[{"code":131060}]}]}"#,
            #"{"messages":[{"id":"wamid.1","from":"9","type":"image","image":{"type":"media_placeholder"}}]}"#,
        ])
    func others(value: String) throws {
        #expect(try !marks(value))
    }
}
