import Messaging
import Testing
import WhatsAppCloud

@Suite("Messages that stand for others")
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
        "A file of the past and a message that is not available stand for one that comes later",
        arguments: [
            #"{"history":[{"threads":[{"id":"9","messages":[{"id":"wamid.1","type":"media_placeholder","timestamp":"1"}]}]}]}"#,
            #"{"messages":[{"id":"wamid.1","from":"9","type":"unsupported","errors":[{"code":131060,"title":"Not available"}]}]}"#,
            #"{"message_echoes":[{"id":"wamid.1","to":"9","type":"unsupported","errors":[{"code":131060}]}]}"#,
        ])
    func placeholders(value: String) throws {
        #expect(try marks(value))
    }

    @Test(
        "No other message does, of an unknown type or with that error",
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
