import Messaging

extension TwilioAdapter {
    /// The statuses of a message ("Outbound Message Status in Status Callbacks", twilio.com, read 2026-11). Callbacks arrive in any order;
    /// a message may become undelivered after it was sent.
    static let statusRanks = [
        "accepted": 1, "scheduled": 2, "queued": 3, "sending": 4, "sent": 10, "canceled": 20, "undelivered": 20, "failed": 20,
        "delivered": 30, "read": 40,
    ]

    /// The vocabulary; forms have names like `MessageStatus`, the JSON of Event Streams like `messageStatus`.
    static let vocabulary = Vocabulary(
        words: Set(
            [
                "MessageStatus", "SmsStatus", "MessageType", "NumMedia", "NumSegments", "ApiVersion", "EventType", "ChannelPrefix",
                "Forwarded", "FrequentlyForwarded", "ReferralSourceType", "ReferralNumMedia", "ReferralMediaContentType", "type",
                "specversion", "datacontenttype", "messageStatus", "messageType", "apiVersion",
            ] + (0..<10).map { "MediaContentType\($0)" }),
        times: ["time", "timestamp"], counts: ["errorCode", "numMedia", "numSegments"], names: ["ProfileName", "ProfileUsername"],
        numbers: ["WaId", "waId"], commonWords: ["whatsapp", "rcs", "messenger", "client", "sms", "mms"])

    /// A WhatsApp message for a new user to send.
    static let sample = SampleMessage(name: "WhatsApp message from Twilio", contentType: "application/x-www-form-urlencoded") { id, _ in
        "AccountSid=AC00000000000000000000000000000001&ApiVersion=2010-04-01&Body=Hello%2C+Switchboard&From=whatsapp%3A%2B919876543210"
            + "&MessageSid=SM\(id)&MessageType=text&NumMedia=0&NumSegments=1&ProfileName=Asha&SmsStatus=received"
            + "&To=whatsapp%3A%2B14155238886&WaId=919876543210"
    }
}
