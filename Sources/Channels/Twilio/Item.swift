import JSON
import Messaging
import Signing

/// One message or status, in any form in which Twilio posts it.
struct Item {
    private let parameters: Parameters
    /// The scopes in which people's ids are unique (`Account.identityScopes`).
    private let scopes: [String]
    /// The data of Event Streams around the item; nil for a form.
    private let stream: StreamEvent?

    private struct StreamEvent {
        let id: String?
        let type: String
        let time: Instant?
        let json: JSON
    }

    init(_ parameters: Parameters, scopes: [String]) {
        self.parameters = parameters
        self.scopes = scopes
        stream = nil
    }

    /// Reads an event of Event Streams, which is a CloudEvent; any other object has the parameters of a form.
    init(_ json: JSON, scopes: [String]) throws(PayloadError) {
        guard json.kind == .object else { throw PayloadError(.field, reason: "must be an object") }
        self.scopes = scopes
        guard json["specversion"].isPresent else {
            parameters = .json(json)
            stream = nil
            return
        }
        let data = json["data"]
        parameters = .json(data)
        let time = (data["timestamp"].string ?? json["time"].string).flatMap(Instant.init(rfc3339:))
        stream = StreamEvent(
            id: json["id"].word.flatMap { $0.namesSomething ? $0 : nil }, type: json["type"].word ?? "unknown", time: time, json: json)
    }

    /// Throws if the item has no id.
    func event() throws(PayloadError) -> Event {
        if let stream, !stream.type.hasPrefix("com.twilio.messaging.") { return try unsupported(stream.type, id: stream.id) }
        if let conversation = conversationEvent() { return conversation }
        let ids = ["MessageSid", "SmsSid", "SmsMessageSid"].lazy.compactMap { parameters[id: $0] }
        guard let id = ids.first else {
            guard let stream else { throw PayloadError(.malformed, field: "MessageSid", reason: "is missing") }
            return try unsupported(stream.type, id: stream.id)
        }
        let word = parameters["MessageStatus"] ?? parameters["SmsStatus"]
        guard let status = word?.lowercased(), !["received", "receiving"].contains(status) else { return message(id) }
        return self.status(status, of: id)
    }

    private var sender: Address? { parameters["From"].map { Address($0) } }
    private var recipient: Address? { parameters["To"].map { Address($0) } }
    private var channel: Channel { (sender ?? recipient)?.channel ?? "sms" }

    private func message(_ id: String) -> Event {
        let party = party
        let type = messageType
        let referral = referral
        let content = object { name in
            !Item.columns.contains(name) && !isContext(name, isReferred: referral != nil) && !isRepeatedID(name, id)
        }
        return Event(
            externalID: id, channel: channel, line: recipient.map { Line($0.value) }, party: party, occurredAt: stream?.time,
            effect: party == nil ? .none : .moves,
            content: .message(
                Message(type: type, sender: sender?.value, text: text(of: type), content: content, context: context(with: referral))))
    }

    private func status(_ word: String, of id: String) -> Event {
        let detail = object { name in
            !Item.columns.contains(name) && !Item.statusColumns.contains(name) && !isRepeatedID(name, id)
        }
        let status = MessageStatus(
            status: word, recipient: recipient?.value, errors: errors, detail: detail == "{}" ? nil : detail)
        return Event(
            externalID: id, channel: channel, line: sender.map { Line($0.value) }, occurredAt: stream?.time, effect: .none,
            content: .status(status))
    }

    /// An event of Twilio's Conversations, which posts to the same kind of URL but is not part of Programmable Messaging.
    private func conversationEvent() -> Event? {
        guard parameters["ConversationSid"] != nil else { return nil }
        let data = object { _ in true }
        let digest = Hex.encode(Array(Digest.sha256(Array(data.utf8)).prefix(16)))
        return Event(
            externalID: "conversation#\(digest)", channel: channel, effect: .none,
            content: .unsupported(type: parameters["EventType"].map { String($0.prefix(64)) } ?? "conversation", data: data))
    }

    private func unsupported(_ type: String, id: String?) throws(PayloadError) -> Event {
        guard let id else { throw PayloadError(.field, field: "id", reason: "must be a string") }
        return Event(
            externalID: id, channel: channel, occurredAt: stream?.time, effect: .none,
            content: .unsupported(type: type, data: stream?.json.text ?? "null"))
    }
}

// The sender.
extension Item {
    /// The sender's number, if there is one, and their ids on the channel.
    private var party: Party? {
        let phone = [sender?.phone, parameters["WaId"]].lazy.compactMap { $0.map { ReceivedPhone($0) } }.first(where: \.isSomebodys)
        var identities: [Identity] = []
        func add(_ identity: Identity?) {
            guard let identity, !identities.contains(identity) else { return }
            identities.append(identity)
        }
        for scope in scopes {
            for (kind, name) in [("whatsapp_user_id", "ExternalUserId"), ("whatsapp_parent_user_id", "ParentExternalUserId")] {
                add(parameters[name].map { Identity(kind: kind, scope: scope, value: $0) })
            }
            add(sender?.identity(scope: scope))
        }
        let party = Party(
            phone: phone, identities: identities, displayName: parameters["ProfileName"] ?? parameters["ProfileUsername"])
        return party.isNobody ? nil : party
    }
}

// The content.
extension Item {
    /// Decides by the parameters rather than the type's name: SMS and older WhatsApp numbers have no MessageType.
    private var messageType: MessageType {
        if parameters["ListId"] != nil { return .listReply }
        if parameters["ButtonPayload"] != nil || parameters["ButtonText"] != nil { return .buttonReply }
        if parameters["InteractiveData"] != nil { return .flowReply }
        if parameters["Latitude"] != nil, parameters["Longitude"] != nil { return .location }
        let name = parameters["MessageType"]?.lowercased()
        if let count = parameters["NumMedia"].flatMap({ Int($0) }), count > 0 { return mediaType(named: name) }
        switch name {
        case nil: return .text
        case "voice": return .audio
        case "button": return .buttonReply
        case let name?: return MessageType(rawValue: name) ?? .unsupported
        }
    }

    /// The named type if it is one of media, else the type of the first file.
    private func mediaType(named name: String?) -> MessageType {
        let named = name.flatMap(MessageType.init(rawValue:))
        if let named, [.image, .video, .audio, .document, .sticker, .contacts].contains(named) { return named }
        guard let mediaType = parameters["MediaContentType0"]?.lowercased() else { return .document }
        switch mediaType.prefix(while: { $0 != "/" }) {
        case "image": return .image
        case "video": return .video
        case "audio": return .audio
        default: return mediaType.hasSuffix("vcard") ? .contacts : .document
        }
    }

    private func text(of type: MessageType) -> String? {
        switch type {
        case .buttonReply: parameters["ButtonText"] ?? parameters["Body"]
        case .listReply: parameters["ListTitle"] ?? parameters["Body"]
        case .location: parameters["Label"] ?? parameters["Address"] ?? parameters["Body"]
        default: parameters["Body"]
        }
    }

    /// The message that it replies to, whether it was forwarded, and the advertisement that led to it, with the names of Meta's context.
    private func context(with referral: [(name: String, value: String)]?) -> String? {
        let replied = [("id", "OriginalRepliedMessageSid"), ("from", "OriginalRepliedMessageSender")]
        let flags = [("forwarded", "Forwarded"), ("frequently_forwarded", "FrequentlyForwarded")]
        var writer = JSONWriter()
        writer.object { context in
            for (name, parameter) in replied {
                context.member(name, ifPresent: parameters[parameter].map { name == "from" ? Address($0).value : $0 })
            }
            for (name, parameter) in flags {
                if let value = parameters[parameter] { context.member(name, value.lowercased() == "true") }
            }
            guard let referral else { return }
            context.key("referral")
            context.object { members in
                for (name, value) in referral { members.member(name, value) }
            }
        }
        return writer.text == "{}" ? nil : writer.text
    }

    /// The advertisement that led to the message; nil for most messages, which only say that it has no files.
    private var referral: [(name: String, value: String)]? {
        let members = parameters.members(after: "Referral")
        return members.allSatisfy { $0.name == "num_media" && $0.value == "0" } ? nil : members
    }

    private func isContext(_ name: String, isReferred: Bool) -> Bool {
        let name = name.prefix(1).uppercased() + name.dropFirst()
        return Item.contextNames.contains(name) || (isReferred && name.hasPrefix("Referral"))
    }

    private static let contextNames: Set<String> = [
        "OriginalRepliedMessageSid", "OriginalRepliedMessageSender", "Forwarded", "FrequentlyForwarded",
    ]
}

// Errors, and everything without a column.
extension Item {
    /// The reason of a failed message, as a list with one error; nil if there is none.
    private var errors: String? {
        let code = parameters["ErrorCode"]
        let message = parameters["ErrorMessage"]
        let channel = parameters["ChannelStatusMessage"]
        guard code != nil || message != nil || channel != nil else { return nil }
        var writer = JSONWriter()
        writer.array { list in
            list.object { error in
                if let code { if let number = Int(code) { error.member("code", number) } else { error.member("code", code) } }
                error.member("message", ifPresent: message)
                error.member("channel_message", ifPresent: channel)
            }
        }
        return writer.text
    }

    private func object(where isWanted: (String) -> Bool) -> String {
        var writer = JSONWriter()
        writer.object { parameters.write(to: &$0, where: isWanted) }
        return writer.text
    }

    /// Whether a parameter repeats the id under an older name.
    private func isRepeatedID(_ name: String, _ id: String) -> Bool {
        ["SmsSid", "SmsMessageSid", "smsSid", "smsMessageSid"].contains(name) && parameters[name] == id
    }

    private static let columns: Set<String> = ["MessageSid", "messageSid", "From", "from", "To", "to"]
    private static let statusColumns: Set<String> = [
        "MessageStatus", "messageStatus", "ErrorCode", "errorCode", "ErrorMessage", "errorMessage", "ChannelStatusMessage",
        "channelStatusMessage",
    ]
}

extension JSON {
    /// A string that is not empty.
    fileprivate var word: String? { string.flatMap { $0.isEmpty ? nil : $0 } }
}
