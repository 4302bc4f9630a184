/// Bodies in the formats of three adapters.
enum Body {
    /// A WhatsApp text; `from` is a number as Meta writes it, without a plus.
    static func whatsApp(_ id: String, from: String = "919876543210", timestamp: String = "1795370399") -> String {
        """
        {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",\
        "metadata":{"phone_number_id":"2"},"messages":[{"from":"\(from)","id":"\(id)","timestamp":"\(timestamp)","type":"text",\
        "text":{"body":"Hello"}}]}}]}]}
        """
    }

    /// A chat or kiosk text, without a phone if `phone` is nil.
    static func event(_ id: String, phone: String? = "+919876543210", type: String = "message.text") -> String {
        let phone = phone.map { #""phone":"\#($0)","# } ?? ""
        return #"{"specversion":"1.0","id":"\#(id)","source":"/app","type":"\#(type)","data":{\#(phone)"text":"Hello"}}"#
    }
}
